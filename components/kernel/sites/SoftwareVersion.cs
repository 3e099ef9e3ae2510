using System.Reflection;

namespace OpsDb.Kernel;

/// <summary>Which build of OpsDb this is: its release and, behind a <c>+</c>, the beginning of the commit that it was made of.</summary>
public static class SoftwareVersion
{
    private const int CommitDigits = 12;

    public static string Current { get; } =
        Short(typeof(SoftwareVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);

    private static string Short(string version) =>
        version.Split('+') is [var release, { Length: > CommitDigits } commit] ? $"{release}+{commit[..CommitDigits]}" : version;
}

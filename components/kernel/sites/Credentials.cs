using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Kernel;

/// <summary>Secrets that a program uses towards others, by their names: rows name them and never have them.</summary>
public interface ICredentials
{
    /// <summary>Null when there is none of that name here.</summary>
    Task<string?> FindAsync(string name, CancellationToken ct);
}

/// <summary>Where they are kept.</summary>
/// <param name="Folder">A directory with a file for each; empty for none.</param>
public sealed record CredentialOptions(string Folder)
{
    public static CredentialOptions Read(Settings settings) => new(settings.Text("CREDENTIALS_FOLDER", "",
        "directory with the secrets that rows name, a file for each with the name of the secret; empty: there are none",
        v => v.Length == 0 || Directory.Exists(v) ? null : $"is no directory: {v}"));
}

/// <summary>Secrets in files, which are read each time, so that they can be replaced while the program runs.</summary>
internal sealed class FileCredentials(CredentialOptions options) : ICredentials
{
    private const int MaxLength = 64 * 1024;

    public async Task<string?> FindAsync(string name, CancellationToken ct)
    {
        if (options.Folder.Length == 0 || !SecretNames.IsOne(name))
            return null;
        var file = new FileInfo(Path.Combine(options.Folder, name));
        return file is { Exists: true, Length: <= MaxLength } ? (await File.ReadAllTextAsync(file.FullName, ct)).TrimEnd('\r', '\n') : null;
    }
}

/// <summary>What secrets are called: nothing with which a path could lead elsewhere.</summary>
public static partial class SecretNames
{
    public const string Form = "has 1 to 100 lower-case letters, digits, '.', '_' and '-', a letter or digit first";

    [GeneratedRegex("^[a-z0-9][a-z0-9._-]{0,99}$")]
    private static partial Regex One();

    public static bool IsOne(string name) => One().IsMatch(name);
}

public static class CredentialRegistration
{
    public static IServiceCollection AddCredentials(this IServiceCollection services, CredentialOptions options) =>
        services.AddSingleton(options).AddSingleton<ICredentials, FileCredentials>();
}

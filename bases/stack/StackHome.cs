using System.Text.Json;
using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>The folder with a stack's state: <c>OPSDB_HOME</c>, else <c>.opsdb</c> in the project's folder.</summary>
internal sealed class StackHome(string folder)
{
    public const string Setting = "OPSDB_HOME";

    private const string Marker = "opsdb-home";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string Folder { get; } = Path.GetFullPath(folder);

    public string Passwords => Path.Combine(Folder, "passwords.json");

    public string Secrets => Path.Combine(Folder, "secrets.json");

    /// <summary>What others read: addresses, tokens, pids.</summary>
    public string Stack => Path.Combine(Folder, "stack.json");

    /// <summary>See <see cref="HomeLock"/>.</summary>
    public string Lock => Path.Combine(Folder, "lock");

    /// <summary>What runs, with start times, so that no other process is ever signalled.</summary>
    public string Processes => Path.Combine(Folder, "processes.json");

    /// <summary>What the background jobs open locations with, a file for each secret.</summary>
    public string Credentials => Path.Combine(Folder, "credentials");

    /// <summary>The mail that users would get.</summary>
    public string Mail => Path.Combine(Folder, "mail");

    public string Log(string name) => Path.Combine(Folder, "log", $"{name}.log");

    public static StackHome Find() =>
        new(Environment.GetEnvironmentVariable(Setting) is { Length: > 0 } home ? home : Path.Combine(BuiltPrograms.Root, ".opsdb"));

    /// <summary>Makes the folder, or takes one that is empty or that a stack has made.</summary>
    /// <exception cref="ServersException">It holds something else.</exception>
    public void Create()
    {
        if (Directory.Exists(Folder) && !IsMine && Directory.EnumerateFileSystemEntries(Folder).Any())
            throw new ServersException($"{Folder} holds other files; choose an empty folder in OPSDB_HOME.");
        ServersHome.Create(Folder);
        File.WriteAllText(Path.Combine(Folder, Marker), "The state of a local OpsDb stack.\n");
        ServersHome.CreatePrivate(Path.Combine(Folder, "log"));
    }

    /// <summary>Removes the state, but only from a folder that a stack has made; the folder stays this stack's.</summary>
    public void Clear()
    {
        if (!IsMine)
            throw new ServersException($"{Folder} was not made by build/run and is not cleared.");
        ServersHome.Clear(Folder, but: [Marker, Path.GetFileName(Lock)]);
    }

    /// <summary>Removes the folder, if a stack has made it.</summary>
    public void Delete()
    {
        if (!Directory.Exists(Folder))
            return;
        if (!IsMine)
            throw new ServersException($"{Folder} was not made by build/run and is not removed.");
        ServersHome.Delete(Folder);
    }

    private bool IsMine => File.Exists(Path.Combine(Folder, Marker));

    /// <exception cref="ServersException">No stack runs here.</exception>
    public StackFile RequireStack() => Read<StackFile>(Stack) ?? throw new ServersException($"No stack runs in {Folder}; build/run starts it.");

    public static T? Read<T>(string path)
        where T : class => File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllText(path), Json) : null;

    /// <summary>Reads the file, or makes it where there is none.</summary>
    public static T ReadOrCreate<T>(string path, Func<T> make)
        where T : class => JsonSerializer.Deserialize<T>(SecretFile.ReadOrCreate(path, () => Text(make())), Json)!;

    public static void Write<T>(string path, T content) => SecretFile.Write(path, Text(content));

    private static string Text<T>(T content) => JsonSerializer.Serialize(content, Json) + "\n";
}

using System.Security.Cryptography;
using System.Text.Json;

namespace OpsDb.Servers;

/// <summary>The passwords of the servers of one home: made at the first start, then kept in a file only its owner can read.</summary>
public sealed record ServerPasswords(string Admin, string Owner, string Application, string Replication, string Redis)
{
    public static ServerPasswords Create() => new(Secret(), Secret(), Secret(), Secret(), Secret());

    /// <summary>Reads the file, or makes new passwords and writes it with mode 0600.</summary>
    public static ServerPasswords LoadOrCreate(string path)
    {
        var kept = File.Exists(path)
            ? JsonSerializer.Deserialize<ServerPasswords>(File.ReadAllText(path)) ?? throw new ServersException($"{path} is empty.")
            : null;
        if (kept?.Owner is not null)
            return kept;
        // A home of an earlier version has no password of the owner.
        var passwords = kept is null ? Create() : kept with { Owner = Secret() };
        SecretFile.Write(path, JsonSerializer.Serialize(passwords));
        return passwords;
    }

    /// <summary>No password, whoever prints it.</summary>
    public override string ToString() => nameof(ServerPasswords);

    private static string Secret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}

/// <summary>Writes files that only their owner may read; the whole content is there or none of it.</summary>
public static class SecretFile
{
    public static void Write(string path, string content)
    {
        var part = path + ".part";
        File.Delete(part);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var writer = new StreamWriter(new FileStream(part, options)))
            writer.Write(content);
        File.Move(part, path, overwrite: true);
    }
}

using System.Security.Cryptography;
using System.Text.Json;

namespace OpsDb.Servers;

/// <summary>The passwords of the servers of one home: made at the first start, then kept in a file only its owner can read.</summary>
public sealed record ServerPasswords(string Admin, string Owner, string Application, string Replication, string Redis)
{
    public static ServerPasswords Create() => new(Secret(), Secret(), Secret(), Secret(), Secret());

    /// <summary>Reads the file, or makes new passwords and writes it with mode 0600; what is there is never replaced.</summary>
    /// <exception cref="ServersException">The file holds no passwords.</exception>
    public static ServerPasswords LoadOrCreate(string path)
    {
        try
        {
            var text = SecretFile.ReadOrCreate(path, () => JsonSerializer.Serialize(Create()));
            var kept = JsonSerializer.Deserialize<ServerPasswords>(text) ?? throw new JsonException();
            if (kept.Owner is not null)
                return kept;
            // A home of an earlier version has no password of the owner.
            var completed = kept with { Owner = Secret() };
            SecretFile.Write(path, JsonSerializer.Serialize(completed));
            return completed;
        }
        catch (JsonException e)
        {
            throw new ServersException($"{path} holds no passwords any more; put it back, or begin anew with --fresh.", e);
        }
    }

    /// <summary>No password, whoever prints it.</summary>
    public override string ToString() => nameof(ServerPasswords);

    private static string Secret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}

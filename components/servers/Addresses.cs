using System.Data.Common;
using System.Globalization;

namespace OpsDb.Servers;

/// <summary>Where a PostgreSQL database is and who connects to it.</summary>
public sealed record PostgresAddress(string Host, int Port, string Database, string User, string Password)
{
    /// <summary>Reads <c>postgres://user:password@host:port/database</c> or the keyword form <c>Host=…;Port=…;Username=…</c>.</summary>
    /// <exception cref="ServersException">The text is neither; <paramref name="setting"/> names where it came from.</exception>
    public static PostgresAddress Parse(string text, string setting)
    {
        if (text.Contains("://", StringComparison.Ordinal))
        {
            var uri = AddressText.Uri(text, setting, "postgres", "postgresql");
            var (user, password) = AddressText.Credentials(uri);
            var database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
            return new(uri.Host, uri.Port > 0 ? uri.Port : 5432, database.Length > 0 ? database : "postgres", user ?? "postgres", password ?? "");
        }

        var words = AddressText.Keywords(text, setting);
        return new(
            words("Host", "Server") ?? "127.0.0.1",
            int.Parse(words("Port", "Port") ?? "5432", CultureInfo.InvariantCulture),
            words("Database", "DB") ?? "postgres",
            words("Username", "User Id") ?? "postgres",
            words("Password", "PWD") ?? "");
    }

    /// <summary>The keyword form that Npgsql reads.</summary>
    public string ToConnectionString() =>
        new DbConnectionStringBuilder { ["Host"] = Host, ["Port"] = Port, ["Database"] = Database, ["Username"] = User, ["Password"] = Password }
            .ConnectionString;

    /// <summary>The form that libpq reads.</summary>
    public string ToUri() =>
        $"postgres://{Uri.EscapeDataString(User)}:{Uri.EscapeDataString(Password)}@{Host}:{Port}/{Uri.EscapeDataString(Database)}";

    /// <summary>Without the password, for logs and messages.</summary>
    public override string ToString() => $"{User}@{Host}:{Port}/{Database}";
}

/// <summary>Where a Redis server is.</summary>
public sealed record RedisAddress(string Host, int Port, string Password)
{
    /// <summary>Reads <c>redis://:password@host:port</c> or <c>host:port,password=…</c>.</summary>
    /// <exception cref="ServersException">The text is neither; <paramref name="setting"/> names where it came from.</exception>
    public static RedisAddress Parse(string text, string setting)
    {
        if (text.Contains("://", StringComparison.Ordinal))
        {
            var uri = AddressText.Uri(text, setting, "redis");
            return new(uri.Host, uri.Port > 0 ? uri.Port : 6379, AddressText.Credentials(uri).Password ?? "");
        }

        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        const string key = "password=";
        var password = parts.Skip(1).FirstOrDefault(p => p.StartsWith(key, StringComparison.OrdinalIgnoreCase))?[key.Length..] ?? "";
        var colon = parts[0].LastIndexOf(':');
        if (colon < 0)
            return new(parts[0], 6379, password);
        return int.TryParse(parts[0].AsSpan(colon + 1), CultureInfo.InvariantCulture, out var port)
            ? new(parts[0][..colon], port, password)
            : throw new ServersException($"{setting} has no usable port in '{parts[0]}'.");
    }

    /// <summary>The form that StackExchange.Redis reads.</summary>
    public string ToConnectionString() => $"{Host}:{Port},password={Password}";

    /// <summary>The form that redis-cli reads.</summary>
    public string ToUri() => $"redis://:{Uri.EscapeDataString(Password)}@{Host}:{Port}";

    /// <summary>Without the password, for logs and messages.</summary>
    public override string ToString() => $"{Host}:{Port}";
}

internal static class AddressText
{
    public static Uri Uri(string text, string setting, params string[] schemes) =>
        System.Uri.TryCreate(text, UriKind.Absolute, out var uri) && schemes.Contains(uri.Scheme) && uri.Host.Length > 0
            ? uri
            : throw new ServersException($"{setting} is not of the form {schemes[0]}://user:password@host:port.");

    public static (string? User, string? Password) Credentials(Uri uri)
    {
        var parts = uri.UserInfo.Split(':', 2);
        return (parts[0].Length > 0 ? System.Uri.UnescapeDataString(parts[0]) : null, parts.Length > 1 ? System.Uri.UnescapeDataString(parts[1]) : null);
    }

    public static Func<string, string, string?> Keywords(string text, string setting)
    {
        var builder = new DbConnectionStringBuilder();
        try
        {
            builder.ConnectionString = text;
        }
        catch (ArgumentException e)
        {
            throw new ServersException($"{setting} is not a connection string.", e);
        }

        return (name, other) => builder.TryGetValue(name, out var value) || builder.TryGetValue(other, out value) ? value?.ToString() : null;
    }
}

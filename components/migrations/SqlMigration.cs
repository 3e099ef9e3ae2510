using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using FluentMigrator;

namespace OpsDb.Migrations;

/// <summary>
/// One step of the schema. It is applied once, in one transaction with its row in the version table and with the rights of
/// the application's role. Once released it is never edited: a database that has it keeps the checksum of its SQL.
/// </summary>
public abstract class SqlMigration : ForwardOnlyMigration
{
    /// <summary>Statements that may run in a transaction.</summary>
    public abstract string Sql { get; }

    public sealed override void Up()
    {
        Execute.Sql(Sql);
        Execute.Sql($"select {VersionTable.GrantRights};");
    }
}

/// <summary>A migration as the version table has it.</summary>
/// <param name="Version">When it was written, yyyyMMddHHmm.</param>
/// <param name="Name">What it does: verb and nouns.</param>
/// <param name="Checksum">SHA-256 of its SQL, hexadecimal; neither line ends nor blanks at the end of a line count.</param>
public sealed record KnownMigration(long Version, string Name, string Sql, string Checksum)
{
    /// <summary>All of this release, in order.</summary>
    public static IReadOnlyList<KnownMigration> All { get; } =
    [
        .. typeof(KnownMigration).Assembly.GetExportedTypes().Where(t => t.IsSubclassOf(typeof(SqlMigration))).Select(Read).OrderBy(m => m.Version),
    ];

    /// <summary>As its file is called.</summary>
    public override string ToString() => $"{Version}_{Name}";

    public static string ChecksumOf(string sql)
    {
        var lines = sql.ReplaceLineEndings("\n").Split('\n').Select(l => l.TrimEnd());
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines).Trim())));
    }

    private static KnownMigration Read(Type type)
    {
        var attribute = type.GetCustomAttribute<MigrationAttribute>() ?? throw new InvalidOperationException($"{type} has no [Migration(version, name)].");
        var sql = ((SqlMigration)Activator.CreateInstance(type)!).Sql;
        return new(attribute.Version, attribute.Description, sql, ChecksumOf(sql));
    }
}

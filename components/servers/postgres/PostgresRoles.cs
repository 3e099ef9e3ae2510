namespace OpsDb.Servers;

/// <summary>
/// The roles of a cluster: one that owns the schema and migrates it, one that the processes use, which has the rights that
/// migrations give to the group <c>opsdb_application</c>, and one that replicates.
/// </summary>
internal static class PostgresRoles
{
    public const string Group = "opsdb_application";

    /// <summary>One statement a line, as a single backend reads them, for a new cluster.</summary>
    public static string Create(ServerPasswords passwords) =>
        $"""
        alter role {PostgresServer.AdminRole} password '{passwords.Admin}';
        create role {PostgresServer.OwnerRole} login password '{passwords.Owner}';
        create role {Group};
        grant pg_read_all_stats to {Group};
        create role {PostgresServer.ApplicationRole} login password '{passwords.Application}' in role {Group};
        create role {PostgresServer.ReplicationRole} login replication password '{passwords.Replication}';
        create database {PostgresServer.DatabaseName} owner {PostgresServer.OwnerRole};

        """;

    /// <summary>Gives a cluster of an earlier version, whose application owned everything, an owner; does nothing to others.</summary>
    public static string Split(ServerPasswords passwords) =>
        $"""
        do $split$
        begin
          if not exists (select from pg_roles where rolname = '{PostgresServer.OwnerRole}') then
            create role {PostgresServer.OwnerRole} login password '{passwords.Owner}';
            create role {Group};
            grant pg_read_all_stats to {Group};
            grant {Group} to {PostgresServer.ApplicationRole};
            reassign owned by {PostgresServer.ApplicationRole} to {PostgresServer.OwnerRole};
          end if;
        end
        $split$;
        """;
}

namespace OpsDb.DbTests.Properties;

/// <summary>
/// A database whose entities have their columns and keys but no other constraints, so that any row of a type can be
/// stored: what is tested here holds whatever the rules allow, and the rules have tests of their own.
/// </summary>
public abstract class PropertyFixture : DatabaseFixture
{
    [SetUp]
    public Task LiftConstraints()
    {
        var tables = Entity.All.Select(e => $"create table unconstrained.{e} (like public.{e}, primary key (id));");
        return Installation.MainAsync<int>(
            $"""
            create schema unconstrained;
            {string.Concat(tables)}
            grant usage on schema unconstrained to opsdb_application;
            grant select, insert, update, delete on all tables in schema unconstrained to opsdb_application;
            alter database {Installation.Database} set search_path = unconstrained, public;
            select 1
            """);
    }
}

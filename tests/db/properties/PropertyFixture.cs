using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.DbTests.Properties;

/// <summary>
/// A database whose entities have their columns and keys but no other constraints, so that any row of a type can be
/// stored: what is tested here holds whatever the rules allow, and the rules have tests of their own.
/// </summary>
public abstract class PropertyFixture : DatabaseFixture
{
    protected override void AddMore(IServiceCollection services)
    {
        foreach (var probe in Entity.Probes)
            services.AddSingleton(probe.Table);
    }

    [SetUp]
    public Task LiftConstraints()
    {
        var tables = Entity.All.Except(Entity.Probes).Select(e => $"create table unconstrained.{e} (like public.{e}, primary key (id));")
            .Concat(Entity.Probes.Select(e => $"create table unconstrained.{e} ({Columns(e.Table)}, transaction_id uuid not null, primary key (id));"));
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

    private static string Columns(Table table) => string.Join(", ", table.Columns.Select(c => $"{c.Name} {c.Type.Sql}"));
}

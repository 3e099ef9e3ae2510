using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;
using OpsDb.Servers;

namespace OpsDb.DbTests.Schema;

/// <summary>What the database says of itself is complete, and is what docs/schema.md says.</summary>
public sealed class SchemaTests : DatabaseFixture
{
    /// <summary>The document is the catalogue's, and behind it which index answers which filter.</summary>
    [Test]
    public async Task The_committed_document_is_the_present_one()
    {
        var document = await Services.GetRequiredService<SchemaDocument>().WriteAsync(CancellationToken.None);
        document += await new FilterPlans(Installation, Tables).WriteAsync();
        var committed = await File.ReadAllTextAsync(Path.Combine(BuiltPrograms.Root, "docs/schema.md"));
        if (document != committed)
            await File.WriteAllTextAsync(Path.Combine(BuiltPrograms.Root, "artifacts/schema.md"), document);
        Assert.That(document, Is.EqualTo(committed), "write it again with: cp artifacts/schema.md docs/schema.md, which this run has left there");
    }

    [Test]
    public async Task Every_table_view_column_and_function_says_what_it_means() =>
        Assert.That(await Installation.MainAsync<string>(
            """
            select string_agg(missing.name, ', ' order by missing.name) from (
              select c.oid::regclass::text from pg_class c
              where c.relnamespace in ('public'::regnamespace, 'opsdb_migrations'::regnamespace) and c.relkind in ('r', 'p', 'v') and not c.relispartition
                and obj_description(c.oid, 'pg_class') is null
              union all
              select concat(c.oid::regclass, '.', a.attname) from pg_class c join pg_attribute a on a.attrelid = c.oid
              where c.relnamespace in ('public'::regnamespace, 'opsdb_migrations'::regnamespace) and c.relkind in ('r', 'p', 'v') and not c.relispartition
                and a.attnum > 0 and not a.attisdropped and col_description(c.oid, a.attnum) is null
              union all
              select p.oid::regprocedure::text from pg_proc p
              where p.pronamespace in ('public'::regnamespace, 'opsdb_migrations'::regnamespace) and obj_description(p.oid, 'pg_proc') is null
            ) missing (name)
            """), Is.Null, "comment on … in its migration, before it calls opsdb_keep_history");

    /// <summary>A rule over several columns is read best at a row that it forbids.</summary>
    [Test]
    public async Task Every_rule_over_several_columns_says_what_it_forbids() =>
        Assert.That(await Installation.MainAsync<string>(
            """
            select string_agg(concat(k.conrelid::regclass, '.', k.conname), ', ') from pg_constraint k join pg_class c on c.oid = k.conrelid
            where k.connamespace = 'public'::regnamespace and k.contype = 'c' and cardinality(k.conkey) > 1 and not c.relispartition
              and obj_description(k.oid, 'pg_constraint') not like 'Forbids %: (%)' is not false
            """), Is.Null, "comment on constraint … is 'Forbids …: (a row)'");
}

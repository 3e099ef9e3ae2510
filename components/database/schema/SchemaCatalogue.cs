namespace OpsDb.Database;

/// <summary>A table or a view, without the partitions of a table.</summary>
/// <param name="Partitioned">By what the table is partitioned; null when it is not.</param>
public sealed record SchemaRelation(long Id, string Schema, string Name, bool IsView, string? Partitioned, string? Meaning);

/// <param name="Default">The expression, or how the database makes the value; null when there is none.</param>
public sealed record SchemaColumn(long Relation, string Name, string Type, bool IsNullable, string? Default, string? Meaning);

/// <param name="Kind">As <c>pg_constraint.contype</c>: p, u, f, c, x.</param>
public sealed record SchemaConstraint(long Relation, string Name, string Kind, string Rule, string? Meaning);

/// <param name="Meaning">Null for one that says enough itself.</param>
/// <param name="InPartitions">Whether each partition has one of its own.</param>
public sealed record SchemaIndex(long Relation, string Name, bool IsUnique, bool InPartitions, string Columns, string? Meaning);

public sealed record SchemaTrigger(long Relation, string Name, string Rule);

public sealed record SchemaFunction(string Schema, string Name, string Arguments, string Result, string? Meaning);

/// <summary>
/// What the database itself says of its schema: the schema that the session is in, and that of the migrations. Nothing of it differs
/// between machines and versions of PostgreSQL.
/// </summary>
public sealed record SchemaCatalogue(
    IReadOnlyList<SchemaRelation> Relations, IReadOnlyList<SchemaColumn> Columns, IReadOnlyList<SchemaConstraint> Constraints,
    IReadOnlyList<SchemaIndex> Indexes, IReadOnlyList<SchemaTrigger> Triggers, IReadOnlyList<SchemaFunction> Functions)
{
    public const string MigrationsSchema = "opsdb_migrations";

    private const string Ours = $"in (current_schema()::regnamespace, to_regnamespace('{MigrationsSchema}'))";

    private const string OurTable = $"c.relnamespace {Ours} and c.relkind in ('r', 'p', 'v') and not c.relispartition";

    public static async Task<SchemaCatalogue> ReadAsync(DbSession session, CancellationToken ct) => new(
        await session.QueryAsync<SchemaRelation>(
            $"""
            select c.oid::bigint as id, c.relnamespace::regnamespace::text as schema, c.relname::text as name, c.relkind = 'v' as isview,
                   case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as partitioned, obj_description(c.oid, 'pg_class') as meaning
            from pg_class c where {OurTable} order by c.relname
            """, null, ct),
        await session.QueryAsync<SchemaColumn>(
            $"""
            select c.oid::bigint as relation, a.attname::text as name,
                   format_type(a.atttypid, a.atttypmod)
                     || case when a.attcollation <> t.typcollation then format(' collate %I', l.collname) else '' end as type,
                   not a.attnotnull and c.relkind <> 'v' as isnullable,
                   case a.attidentity when 'a' then 'identity, always' when 'd' then 'identity' else pg_get_expr(d.adbin, d.adrelid) end as "default",
                   col_description(c.oid, a.attnum) as meaning
            from pg_class c join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
              left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum left join pg_collation l on l.oid = a.attcollation
            where {OurTable} and a.attnum > 0 and not a.attisdropped order by c.oid, a.attnum
            """, null, ct),
        await session.QueryAsync<SchemaConstraint>(
            $"""
            select c.oid::bigint as relation, k.conname::text as name, k.contype::text as kind, pg_get_constraintdef(k.oid, true) as rule,
                   obj_description(k.oid, 'pg_constraint') as meaning
            from pg_class c join pg_constraint k on k.conrelid = c.oid
            where {OurTable} and k.contype in ('p', 'u', 'f', 'c', 'x') and k.conparentid = 0 order by position(k.contype::text in 'puxfc'), k.conname
            """, null, ct),
        await session.QueryAsync<SchemaIndex>(
            $"""
            select c.oid::bigint as relation, coalesce(replace(i.relname, other.relname, c.relname), i.relname) as name, x.indisunique as isunique,
                   other.oid is not null as inpartitions, regexp_replace(pg_get_indexdef(i.oid), '^.*? USING ', '') as columns,
                   obj_description(i.oid, 'pg_class') as meaning
            from pg_class c left join pg_partitioned_table p on p.partrelid = c.oid
              join pg_index x on x.indrelid in (c.oid, p.partdefid) join pg_class i on i.oid = x.indexrelid
              left join pg_class other on other.oid = x.indrelid and other.oid <> c.oid
            where {OurTable} and not i.relispartition and not exists (select from pg_constraint where conindid = i.oid) order by i.relname
            """, null, ct),
        await session.QueryAsync<SchemaTrigger>(
            $"""
            select c.oid::bigint as relation, t.tgname::text as name, concat_ws(' ',
                     case when t.tgtype & 2 > 0 then 'before' when t.tgtype & 64 > 0 then 'instead of' else 'after' end,
                     concat_ws(' or ', case when t.tgtype & 4 > 0 then 'insert' end, case when t.tgtype & 8 > 0 then 'delete' end,
                       case when t.tgtype & 16 > 0 then 'update' end, case when t.tgtype & 32 > 0 then 'truncate' end),
                     'for each', case when t.tgtype & 1 > 0 then 'row' else 'statement' end, 'calls', p.proname) as rule
            from pg_class c join pg_trigger t on t.tgrelid = c.oid join pg_proc p on p.oid = t.tgfoid
            where {OurTable} and not t.tgisinternal order by t.tgname
            """, null, ct),
        await session.QueryAsync<SchemaFunction>(
            $"""
            select p.pronamespace::regnamespace::text as schema, p.proname::text as name, pg_get_function_identity_arguments(p.oid) as arguments,
                   pg_get_function_result(p.oid) as result, obj_description(p.oid, 'pg_proc') as meaning
            from pg_proc p where p.pronamespace {Ours} order by p.proname, p.pronargs
            """, null, ct));
}

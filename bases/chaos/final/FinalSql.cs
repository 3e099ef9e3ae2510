namespace OpsDb.Chaos;

/// <summary>Questions whose answers are lines of final.jsonl.</summary>
internal static class FinalSql
{
    private const string Fields = "(to_jsonb(r) - array['id', 'version', 'transaction_id'])";

    /// <summary>The ledger, what is held and what was done about it; the ledger's lines begin as the checker expects them.</summary>
    public static IReadOnlyList<string> OfMain { get; } =
    [
        $$"""
        select '{"t":"applied",' || substr(json_build_object('id', id, 'site', site, 'epoch', epoch, 'position', position,
          'key', idempotency_key, 'kind', kind, 'entity', split_part(kind, '.', 1), 'outcome', outcome, 'duplicate_of', duplicate_of,
          'answer', json_build_object('rows', case when answer ->> 'id' is null then '[]'::json else json_build_array(
            json_build_object('id', answer -> 'id', 'version', answer -> 'version', 'transaction', id, 'fields', answer)) end))::text, 2)
        from applied_transaction order by applied_at, position
        """,
        "select json_build_object('t', 'held', 'id', id, 'site', site, 'outcome', state)::text from held_transaction order by number",
        "select json_build_object('t', 'intervention', 'transaction', transaction_id, 'action', action)::text from transaction_intervention order by at",
    ];

    /// <summary>All tables but those in which main notes by itself and at any time, so that two looks at it differ.</summary>
    public const string Tables =
        """
        select tablename::text from pg_tables
        where schemaname = 'public' and tablename not in ('api_token_use', 'site_memory', 'work_lease') order by tablename
        """;

    public static string Watermarks(string at) =>
        $"""
        select json_strip_nulls(json_build_object('t', 'watermark', 'at', '{at}', 'site', site, 'epoch', epoch, 'position', position,
          'transaction', transaction_id, 'previous_epoch', previous_epoch, 'fork_position', fork_position, 'applied_position', applied_position,
          'missing_position', missing_position, 'seen_position', seen_position, 'acknowledged', acknowledged_at is not null))::text
        from site_watermark order by begun_at
        """;

    public static string Table(string at, string entity, string table) =>
        $"""
        select json_build_object('t', 'table', 'at', '{at}', 'entity', '{entity}', 'rows', count(*),
          'digest', md5(coalesce(string_agg(md5(r::text), '' order by md5(r::text)), '')))::text
        from "{table}" r
        """;

    /// <summary>Which transactions have made the past versions of rows.</summary>
    public static string Made(Entity entity) =>
        $"""
        select json_build_object('t', 'made', 'entity', '{entity.Name}',
          'row', json_build_object('id', key, 'version', version, 'transaction', transaction_id))::text
        from row_history where entity = '{entity.Table}' order by number
        """;

    public static string Rows(string at, Entity entity)
    {
        var bytes = string.Concat(entity.Bytes.Select(b => $" || jsonb_build_object('{b}', encode(r.{b}, 'hex'))"));
        return $"""
        select json_build_object('t', 'row', 'at', '{at}', 'entity', '{entity.Name}',
          'row', json_build_object('id', id, 'version', version, 'transaction', transaction_id, 'fields', {Fields}{bytes}))::text
        from {entity.Table} r order by id
        """;
    }
}

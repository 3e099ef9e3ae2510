using OpsDb.Kernel;

namespace OpsDb.Database;

/// <summary>The SQL of superseded versions; the triggers of the table <c>row_history</c> write them.</summary>
public static class HistorySql
{
    /// <summary>
    /// What stands in for a table when its rows are wanted as the main database had recorded them at @as_of: of each row the version that
    /// was superseded first after that, else the present one, if it was recorded by then.
    /// </summary>
    /// <param name="key">Narrows it to the row with the key @key, which is @id as text.</param>
    public static string RowsAsOf(Table table, bool key = false) =>
        $"""
        (select present.* from {table.Name} present left join applied_transaction applied on applied.id = present.transaction_id
         where {(key ? "present.id = @id and " : "")}(coalesce(applied.applied_at, present.modified_at) <= @as_of or exists (
             select from row_history h where h.entity = '{table.Name}' and h.key = {(key ? "@key" : "present.id::text")}
               and h.superseded_by = present.transaction_id and not h.is_deleted))
           and not exists (
             select from row_history h
             where h.entity = '{table.Name}' and h.key = {(key ? "@key" : "present.id::text")} and h.recorded_to > @as_of)
         union all
         select past.* from row_history h, jsonb_populate_record(null::{table.Name}, h.row) past
         where h.entity = '{table.Name}'{(key ? " and h.key = @key" : "")} and h.recorded_from <= @as_of and h.recorded_to > @as_of) {table.Name}
        """;

    /// <summary>
    /// The present row with the key @id, @key as text, and when it was recorded; then a page of its superseded versions, newest first, what
    /// is known of each and in the same order the rows. The page begins at the version that @transaction, @version and @is_deletion name;
    /// at the newest when they are null, or when they name none of these.
    /// </summary>
    public static string Versions(Table table)
    {
        var page =
            $"""
            (select * from row_history
             where entity = '{table.Name}' and key = @key and number <= coalesce(
               (select max(number) from row_history where entity = '{table.Name}' and key = @key and version = @version
                and (case when @is_deletion then is_deleted and coalesce(superseded_by, '{Guid.Empty}') = @transaction else transaction_id = @transaction end)),
               {long.MaxValue})
             order by number desc limit @limit) h
            """;
        var past = $"(select h.number as history_number, past.* from {page}, jsonb_populate_record(null::{table.Name}, h.row) past) {table.Name}";
        return
            $"""
            {ListSql.Select(table)} where id = @id;
            select opsdb_recorded_from('{table.Name}', @key, transaction_id, modified_at) from {table.Name} where id = @id;
            select h.version, h.transaction_id, h.recorded_from, h.recorded_to, h.superseded_by, h.is_deleted, deleting.actor, deleting.occurred_at
            from {page} left join applied_transaction deleting on h.is_deleted and deleting.id = h.superseded_by order by h.number desc;
            {ListSql.Select(table, past)}
            order by history_number desc;
            """;
    }
}

/// <summary>What is known of a superseded version besides its row.</summary>
public sealed record SupersededVersion
{
    public int Version { get; init; }
    public Guid TransactionId { get; init; }
    public DateTimeOffset RecordedFrom { get; init; }
    public DateTimeOffset RecordedTo { get; init; }
    public Guid? SupersededBy { get; init; }
    public bool IsDeleted { get; init; }

    /// <summary>Who deleted the row.</summary>
    public string? Actor { get; init; }

    /// <summary>When the site accepted its deletion.</summary>
    public DateTimeOffset? OccurredAt { get; init; }
}

using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611300040, "tell_progress")]
public sealed class TellProgress : SqlMigration
{
    public override string Sql =>
        """
        alter table data_transfer
          add column bytes_per_second bigint check (bytes_per_second >= 0),
          add column expected_end_at timestamptz;
        comment on column data_transfer.bytes_per_second is 'How fast it was copied last, bytes/s; null while nothing is';
        comment on column data_transfer.expected_end_at is 'When the copying is done if it stays so fast, UTC; null while nobody can tell';
        alter table data_transfer_route
          add column bandwidth jsonb check (jsonb_typeof(bandwidth) = 'array');
        comment on column data_transfer_route.bandwidth is
          'How much it may carry: objects with from_hour, to_hour (UTC) and bytes_per_second, of which the first that fits counts; null for all it can';
        """;
}

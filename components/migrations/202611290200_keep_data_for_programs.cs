using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611290200, "keep_data_for_programs")]
public sealed class KeepDataForPrograms : SqlMigration
{
    public override string Sql =>
        """
        alter table observing_program add proprietary_days integer check (proprietary_days between 0 and 36500);
        comment on column observing_program.proprietary_days is
          'How many days after its end an execution is the programme''s own; then everybody who may read executions sees it and its data. Null for always';
        """;
}

using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611271520, "add_provenance")]
public sealed class AddProvenance : SqlMigration
{
    public override string Sql =>
        """
        alter table applied_transaction add column software_version text, add column wal_lsn pg_lsn;
        comment on column applied_transaction.software_version is
          'The build of OpsDb at the site that decided the transaction; null where that did not say so';
        comment on column applied_transaction.wal_lsn is
          'Where the main database''s write-ahead log was when the transaction was first recorded, before its commit: what lacks this place lacks it';
        """;
}

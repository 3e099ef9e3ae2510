using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611271000, "index_ends_and_places")]
public sealed class IndexEndsAndPlaces : SqlMigration
{
    public override string Sql =>
        """
        create index executed_obs_unit_end on executed_obs_unit (end_time, id);
        create index source_dec on source (dec_deg);
        create index source_name_text on source (name collate "C", id);
        comment on index source_dec is 'bounds the search of a cone';
        comment on index source_name_text is 'for the beginning of a name, and for the order by code point in which lists have it';
        """;
}

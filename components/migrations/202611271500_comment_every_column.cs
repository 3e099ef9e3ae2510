using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611271500, "comment_every_column")]
public sealed class CommentEveryColumn : SqlMigration
{
    // What earlier migrations left out. From here on each migration says what its own tables and columns mean; those that every row
    // has are commented by opsdb_keep_history.
    public override string Sql => $"{EveryRow}\n{Catalogue}\n{Records}\n{Transactions}";

    private const string EveryRow =
        """
        create function opsdb_comment_row(entity regclass) returns void
        language plpgsql as $body$
        declare
          missing record;
        begin
          for missing in
            select a.attname as name, said.meaning from pg_attribute a join (values
              ('id', 'uuid', 'UUIDv7, given by the site that recorded the row; never changes'),
              ('id', 'integer', 'Given by the main database; never changes'),
              ('id', 'bigint', 'Given by the main database; never changes'),
              ('version', 'integer', '1 at creation, one more with each change; a writer names the version that it changes'),
              ('created_at', 'timestamp with time zone', 'When the site accepted its creation, by the clock of the site, UTC'),
              ('created_by', 'text', 'The user of the token that created it'),
              ('modified_at', 'timestamp with time zone', 'When the site accepted its newest change, by the clock of the site, UTC'),
              ('modified_by', 'text', 'The user of the token that made its newest change'),
              ('transaction_id', 'uuid', 'The transaction that made its newest change; its row in applied_transaction')
            ) said (name, type, meaning) on said.name = a.attname and said.type = format_type(a.atttypid, null)
            where a.attrelid = entity and col_description(entity, a.attnum) is null
          loop
            execute format('comment on column %s.%I is %L', entity, missing.name, missing.meaning);
          end loop;
        end
        $body$;
        comment on function opsdb_comment_row is 'Says what the columns mean that every row has, unless its migration has said it';

        create or replace function opsdb_keep_history(entity regclass) returns void
        language plpgsql as $body$
        begin
          execute format('create trigger keep_changed after update on %s referencing old table as rows_before new table as rows_after '
            'for each statement execute function opsdb_keep_version()', entity);
          execute format('create trigger keep_deleted after delete on %s referencing old table as rows_before '
            'for each statement execute function opsdb_keep_version()', entity);
          perform opsdb_comment_row(entity);
        end
        $body$;
        comment on function opsdb_keep_history is
          'Called last by the migration that creates an entity''s table: superseded versions go into row_history, columns of every row get comments';

        select opsdb_comment_row(tgrelid) from pg_trigger where tgname = 'keep_changed' and tgfoid = 'opsdb_keep_version'::regproc order by tgrelid;
        """;

    private const string Catalogue =
        """
        comment on table observatory is 'An institution with telescopes';
        comment on column observatory.name is 'Unique';
        comment on column observatory.description is 'In words';

        comment on table telescope is 'A telescope and where it stands';
        comment on column telescope.observatory_id is 'The observatory that it belongs to';
        comment on column telescope.name is 'Unique';

        comment on table instrument is 'An instrument of a telescope';
        comment on column instrument.telescope_id is 'The telescope that it is mounted on';
        comment on column instrument.name is 'Unique';
        comment on column instrument.instrument_type is 'What kind of instrument: heterodyne_array, say';
        comment on column instrument.description is 'In words';

        comment on table instrument_module is 'A part of an instrument that makes data of its own: an array of pixels in one band';
        comment on column instrument_module.instrument_id is 'The instrument that it is a part of';
        comment on column instrument_module.name is 'Unique within the instrument';
        comment on column instrument_module.pixels is 'How many it has';
        comment on column instrument_module.frequency_min_ghz is 'Lower edge of the band or of the tuning range, GHz';
        comment on column instrument_module.frequency_max_ghz is 'Upper edge of the band or of the tuning range, GHz';
        comment on constraint instrument_module_check on instrument_module is
          'Forbids a band that ends below its beginning: (frequency_min_ghz 365, frequency_max_ghz 345)';

        comment on table observing_program is 'A science or technical programme, to which time is allocated';
        comment on column observing_program.short_name is 'Unique; what files and people call it';
        comment on column observing_program.name is 'Unique';
        comment on column observing_program.kind is 'What it is for';
        comment on column observing_program.lead is 'The person in charge';
        comment on column observing_program.allocated_hours is 'Telescope time, hours';
        comment on column observing_program.description is 'In words';

        comment on table source is 'Something to observe';
        comment on column source.name is 'Unique';
        comment on column source.type is 'What gives it its position: fixed, a place on the sky; solar_system, its NAIF code; constant_elevation is not in use';
        comment on column source.comment is 'Remarks';
        comment on constraint source_check on source is 'Forbids a fixed source without a place: (fixed, ra_deg 83.8, dec_deg null)';
        comment on constraint source_check1 on source is
          'Forbids a body of the solar system without its code or with a place: (solar_system, naif_id 499, ra_deg 83.8)';

        comment on table obs_mode is 'A way of observing, such as a map or a pointing';
        comment on column obs_mode.name is 'Unique';
        comment on column obs_mode.description is 'In words';

        comment on table obs_unit is 'A planned observation: what should be observed, how, with what and under which conditions';
        comment on column obs_unit.name is 'Unique';
        comment on column obs_unit.observing_program_id is 'The program that it belongs to';
        comment on column obs_unit.source_id is 'What is observed';
        comment on column obs_unit.obs_mode_id is 'How';
        comment on column obs_unit.instrument_id is 'With what';
        comment on column obs_unit.line_id is 'The spectral line; null for continuum';
        comment on column obs_unit.requested_minutes is 'Time asked for, minutes';
        comment on column obs_unit.min_elevation_deg is 'Elevation below which it should not be observed, degrees';
        comment on column obs_unit.max_elevation_deg is 'Elevation above which it should not be observed, degrees';
        comment on column obs_unit.comment is 'Remarks';
        comment on constraint obs_unit_check on obs_unit is
          'Forbids elevations that nothing can have: (min_elevation_deg 75, max_elevation_deg 30)';
        """;

    private const string Records =
        """
        comment on table executed_obs_unit is 'One execution of an obs unit: what was observed, when, and how it went';
        comment on column executed_obs_unit.obs_unit_id is 'The obs unit that was executed';
        comment on column executed_obs_unit.status is 'Where it is: running until it is completed, aborted or has failed';
        comment on column executed_obs_unit.start_time is 'When it began, UTC';
        comment on column executed_obs_unit.end_time is 'When it ended, UTC; null while it runs';
        comment on column executed_obs_unit.comment is 'Remarks';
        comment on constraint executed_obs_unit_check on executed_obs_unit is
          'Forbids an end before the beginning: (start_time 03:10, end_time 03:00)';
        comment on constraint executed_obs_unit_check1 on executed_obs_unit is
          'Forbids one that runs and has ended, and one that has ended at no time: (status completed, end_time null)';

        comment on table api_token is 'What is kept of an API token: never the token itself';
        comment on column api_token.name is 'What it is for';
        comment on column api_token.kind is 'Whom it is for: pat, a person; svc, a service; site, a site that speaks to another';
        comment on column api_token.user_name is 'Whose name its changes bear';
        comment on column api_token.expires_at is 'From then on it is refused, UTC';
        comment on column api_token.revoked_at is 'Since when it is refused although it has not expired, UTC; null while it is not';

        comment on column site.name is 'Unique';
        comment on column data_location.site_id is 'The site that it is at';
        comment on column data_location.storage_type is 'How it is reached: disk, s3, tape';
        comment on column data_location.region is 'The region of the S3 service; null where it has none';
        comment on column data_location.bucket_name is 'The bucket';
        comment on column data_location.tape_library is 'The tape library';
        comment on column data_location.tape_pool is 'The pool of tapes in it';
        comment on column data_location.comment is 'Remarks';
        comment on constraint data_location_check on data_location is
          'Forbids a warning that would come too late: (warn_percent 95, critical_percent 90)';

        comment on column raw_data_package.executed_obs_unit_id is 'The execution that its files are from';
        comment on column raw_data_package.instrument_module_id is 'The module that made them';
        comment on column raw_data_package.checksum_algorithm is 'How the checksum was computed';
        comment on constraint raw_data_package_check on raw_data_package is
          'Forbids a checksum of which nobody knows what it is: (checksum given, checksum_algorithm null)';
        comment on column raw_data_file.executed_obs_unit_id is 'The execution that it is from';
        comment on column raw_data_file.instrument_module_id is 'The module that made it';
        comment on column raw_data_file.checksum_algorithm is 'How the checksum was computed';
        """;

    private const string Transactions =
        """
        comment on column site_watermark.site is 'The name of the site';
        comment on column site_watermark.epoch is 'Names one life of the site''s log: another one begins when the log has lost entries';
        comment on column site_watermark.position is 'The last position of the log that has been applied; 0 before the first';
        comment on column site_watermark.transaction_id is 'The transaction at that position; null at 0';
        comment on column site_watermark.reason is 'Why a new epoch was begun';
        comment on column site_watermark.acknowledged_by is 'The operator who did';
        comment on constraint site_watermark_check on site_watermark is
          'Forbids an epoch that follows another from nowhere: (previous_epoch given, fork_position null)';

        comment on column applied_transaction.id is 'UUIDv7, given by the site that accepted it; its answer has it in the header OpsDb-Transaction';
        comment on column applied_transaction.site is 'The name of the site that accepted it';
        comment on column applied_transaction.position is 'Its place in the site''s log; null for a direct write';
        comment on column applied_transaction.kind is 'What was asked for: executions.start, say';
        comment on column applied_transaction.schema_version is 'The form of its steps in the log, a number that rises with releases';
        comment on column applied_transaction.actor is 'The user whose name it bears';
        comment on column applied_transaction.token_id is 'The token that it came with; null for a verb of the program';
        comment on column applied_transaction.idempotency_key is 'As the client gave it; null when it gave none';
        comment on column applied_transaction.body_hash is
          'SHA-256 of method, path and body, hexadecimal: by it a key is refused that comes again with another request';
        comment on column applied_transaction.applied_at is 'When the main database had decided on it, by its own clock, UTC';
        comment on column applied_transaction.outcome is
          'applied; duplicate, it repeats another one; failed, refused; parked, it waits behind a failed one; discarded, given up by an operator';
        comment on constraint applied_transaction_check on applied_transaction is
          'Forbids a place in no log, and a log without a place: (epoch null, position 7)';
        comment on constraint applied_transaction_check1 on applied_transaction is
          'Forbids a key whose request cannot be told from another: (idempotency_key a, body_hash null)';

        comment on column held_transaction.id is 'The transaction; its row in applied_transaction has the same id';
        comment on column held_transaction.site is 'The name of the site that accepted it';
        comment on column held_transaction.epoch is 'The epoch of the site''s log that it is in';
        comment on column held_transaction.position is 'Its place in the log';
        comment on column held_transaction.kind is 'What was asked for: executions.finish, say';
        comment on column held_transaction.state is 'failed: refused by the main database; parked: waits behind a failed one';
        comment on column held_transaction.constraint_name is 'The constraint that refused it; null where it was something else';
        comment on column held_transaction.reason is 'Why it was refused, in a sentence; null for one that is parked';
        comment on column held_transaction.held_at is 'When it was set aside, by the clock of the main database, UTC';
        comment on constraint held_transaction_check on held_transaction is 'Forbids a refusal without a reason: (state failed, reason null)';

        comment on column transaction_intervention.id is 'A UUID, given when it was noted';
        comment on column transaction_intervention.site is 'The site whose transaction or log it was about';
        comment on column transaction_intervention.transaction_id is 'The transaction; null when it was about the log';
        comment on column transaction_intervention.epoch is 'The epoch of the site''s log';
        comment on column transaction_intervention.position is 'The place in the log';
        comment on column transaction_intervention.action is 'What the operator asked for';
        comment on column transaction_intervention.actor is 'The operator';
        comment on column transaction_intervention.token_id is 'The token that it came with; null for a verb of the program';
        comment on column transaction_intervention.note is 'Why, in the operator''s words';
        comment on column transaction_intervention.outcome is 'What became of it';
        comment on column transaction_intervention.after is 'The transaction after a correction';
        comment on column transaction_intervention.at is 'When, by the clock of the main database, UTC';

        comment on column row_history.version is 'The version of the row that this is';
        comment on constraint row_history_check on row_history is
          'Forbids a version that ended before it began: (recorded_from 03:10, recorded_to 03:00)';

        comment on column schema_migration."MigrationId" is 'Version and name of a migration';
        comment on column schema_migration."ProductVersion" is 'Empty';
        comment on table opsdb_migrations.applied_migration is 'The migrations that this database has';
        comment on column opsdb_migrations.applied_migration.name is 'What it does: verb and nouns';
        """;
}

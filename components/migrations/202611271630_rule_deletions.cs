using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611271630, "rule_deletions")]
public sealed class RuleDeletions : SqlMigration
{
    public override string Sql =>
        """
        create function opsdb_packages_of(copy physical_copy) returns setof uuid
        language sql stable as $body$
          select copy.raw_data_package_id where copy.raw_data_package_id is not null
          union all select f.raw_data_package_id from raw_data_file f where f.id = copy.raw_data_file_id and f.raw_data_package_id is not null
          union all select p.id from raw_data_package p where p.data_transfer_package_id = copy.data_transfer_package_id
        $body$;
        comment on function opsdb_packages_of is 'The raw data packages whose data would be lost with this copy if it were the last one';

        create function opsdb_deletion_obstacles(copy physical_copy) returns text[]
        language sql stable as $body$
          with packages as (select array(select opsdb_packages_of(copy)) ids),
          place as (select location_type, min_archive_copies from data_location where id = copy.data_location_id),
          archived as (
            select coalesce(min(sites), 0) sites from (
              select (select count(distinct a.site_id) from physical_copy c join data_location a on a.id = c.data_location_id
                      where c.raw_data_package_id = p.id and c.location_type = 'long_term_archive' and c.status = 'present' and c.verified_at is not null) sites
              from packages, unnest(packages.ids) p (id)) each_package)
          select array_remove(array[
            case when place.location_type = 'long_term_archive' then 'long_term_archive: nothing is deleted from there' end,
            case when copy.status in ('deletion_in_progress', 'deleted') then 'status: it is ' || copy.status end,
            case when place.location_type in ('source', 'buffer') and cardinality(packages.ids) = 0 then 'no_package: it is in no raw data package' end,
            case when place.location_type in ('source', 'buffer') and cardinality(packages.ids) > 0 and archived.sites < place.min_archive_copies
              then format('archive_copies: %s of %s verified copies in long-term archives at different sites', archived.sites, place.min_archive_copies) end,
            (select 'hold: ' || min(h.reason) from data_hold h where h.released_at is null and (h.until is null or h.until > clock_timestamp())
              and (h.physical_copy_id = copy.id or h.raw_data_package_id = any(packages.ids)) having count(*) > 0),
            (select 'staging_job: ' || min(j.id::text) from staging_job j where j.released_at is null and j.raw_data_package_ids && packages.ids
              and case when place.location_type = 'processing' then j.destination_location_id = copy.data_location_id
                  else j.status in ('pending', 'scheduled', 'in_progress')
                    and (j.origin_location_id is null or j.origin_location_id = copy.data_location_id) end
              having count(*) > 0)
          ], null)
          from packages, place, archived
        $body$;
        comment on function opsdb_deletion_obstacles is
          'What stands in the way of deleting a copy; nothing when it may go: the policy''s number of verified archive copies, no hold, no staging job';

        create view physical_copy_deletion as
          select c.id, c.data_location_id, c.status, opsdb_deletion_obstacles(c) obstacles from physical_copy c;
        comment on view physical_copy_deletion is 'Which copies may be deleted, and why not all others';
        comment on column physical_copy_deletion.id is 'Of the copy';
        comment on column physical_copy_deletion.data_location_id is 'Where it is';
        comment on column physical_copy_deletion.status is 'Whether it is there';
        comment on column physical_copy_deletion.obstacles is 'What stands in the way, a word and details each; empty when it may be deleted';

        create function opsdb_copy_may_be_deleted() returns trigger
        language plpgsql as $body$
        declare
          obstacles text[];
        begin
          -- Whoever holds one of these packages or stages it has locked it before, or waits until this is decided.
          perform 1 from raw_data_package where id in (select opsdb_packages_of(new)) order by id for update;
          perform 1 from physical_copy where id = new.id for update;
          perform 1 from physical_copy where raw_data_package_id in (select opsdb_packages_of(new)) and location_type = 'long_term_archive'
          order by id for share;
          obstacles := opsdb_deletion_obstacles(case tg_op when 'UPDATE' then old else new end);
          if cardinality(obstacles) > 0 then
            perform opsdb_refuse('physical_copy_may_be_deleted', format('The copy %s may not be deleted: %s', new.id, array_to_string(obstacles, '; ')));
          end if;
          return new;
        end
        $body$;
        comment on function opsdb_copy_may_be_deleted is 'Refuses to schedule or begin the deletion of a copy that may not be deleted';
        create trigger may_be_deleted before update on physical_copy for each row
          when (new.status in ('deletion_scheduled', 'deletion_in_progress') and new.status is distinct from old.status)
          execute function opsdb_copy_may_be_deleted();
        create trigger may_be_created before insert on physical_copy for each row
          when (new.status in ('deletion_scheduled', 'deletion_in_progress')) execute function opsdb_copy_may_be_deleted();
        """;
}

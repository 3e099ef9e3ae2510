using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611300010, "create_work_items")]
public sealed class CreateWorkItems : SqlMigration
{
    public override string Sql =>
        $"""
        create table work_item (
          id uuid primary key,
          queue text not null,
          operation text not null,
          data_location_id integer not null references data_location,
          subject_id uuid not null,
          priority integer not null check (priority between 0 and 1000),
          state text not null check (state in ('waiting', 'claimed', 'done', 'quarantined')),
          fence bigint not null check (fence >= 0),
          not_before timestamptz not null,
          claimed_by text,
          {Columns.OfWork},
          {Columns.OfEveryRow},
          unique (operation, data_location_id, subject_id),
          constraint work_item_claimed check (state <> 'claimed' or claimed_by is not null)
        );
        create index work_item_open on work_item (queue, priority, not_before, id) where state in ('waiting', 'claimed');
        create index work_item_queue on work_item (queue, since, id);
        create index work_item_state on work_item (state, since, id);
        create index work_item_subject on work_item (subject_id);
        create index work_item_location on work_item (data_location_id, since, id);
        create index work_item_since on work_item (since, id);
        comment on table work_item is 'Something that has to be done with one object at one data location';
        comment on column work_item.id is 'UUIDv7, which follows from operation, location and object: there is one item for them';
        comment on column work_item.queue is 'From which it is taken: site_location_operation';
        comment on column work_item.operation is 'What is to be done';
        comment on column work_item.data_location_id is 'Where';
        comment on column work_item.subject_id is 'With which object, of a table that the operation names';
        comment on column work_item.priority is 'The lowest number is taken first';
        comment on column work_item.state is 'waiting, claimed by a worker, done, or quarantined: given up until a person sets it going again';
        comment on column work_item.fence is 'Fencing number, higher each time that it is taken: whoever has the present one may record what became of it';
        comment on column work_item.not_before is 'From when on it can be taken, UTC';
        comment on column work_item.claimed_by is 'By which process it was last taken';
        comment on constraint work_item_claimed on work_item is 'Forbids what is taken by nobody: (state claimed, claimed_by null)';
        select opsdb_comment_work('work_item'), opsdb_keep_history('work_item');

        create table work_lease (
          work_item_id uuid primary key references work_item on delete cascade,
          fence bigint not null,
          ends_at timestamptz not null
        ) with (fillfactor = 50);
        comment on table work_lease is 'Until when an item of work is a worker''s, of those that are claimed on this database; renewed while it works';
        comment on column work_lease.work_item_id is 'Which item';
        comment on column work_lease.fence is 'The fencing number of whoever has it';
        comment on column work_lease.ends_at is 'From then on somebody else may take it, UTC';
        """;
}

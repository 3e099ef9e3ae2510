using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611290000, "create_site_memory")]
public sealed class CreateSiteMemory : SqlMigration
{
    public override string Sql =>
        """
        create table site_memory (
          name text primary key,
          text text not null,
          ends_at timestamptz not null
        );
        create index site_memory_ends on site_memory (ends_at);
        comment on table site_memory is
          'What the processes of the main site remember together for a short time, as those of other sites do in their Redis; nothing refers to it';
        comment on column site_memory.name is 'What it is about, as the component that keeps it says';
        comment on column site_memory.text is 'What is remembered, in a form of that component';
        comment on column site_memory.ends_at is 'When it counts as forgotten, UTC';
        """;
}

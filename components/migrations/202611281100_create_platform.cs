using FluentMigrator;

namespace OpsDb.Migrations;

[Migration(202611281100, "create_platform")]
public sealed class CreatePlatform : SqlMigration
{
    public override string Sql =>
        $"""
        create table user_preference (
          id uuid primary key,
          user_name text not null,
          name text not null,
          value jsonb not null,
          {Columns.OfEveryRow},
          unique (user_name, name)
        );
        comment on table user_preference is 'What a user has chosen: JSON by name, which programs with a surface keep for them';
        comment on column user_preference.id is 'Follows from user and name';
        comment on column user_preference.user_name is 'Whose it is: the user of the tokens, who alone reads and changes it';
        comment on column user_preference.name is 'What it is about, as the program that keeps it says';
        comment on column user_preference.value is 'What was chosen, at most 16384 bytes of JSON';

        create function opsdb_user_has_room() returns trigger
        language plpgsql as $body$
        begin
          -- Whoever adds to what the same user has waits until this is decided.
          perform pg_advisory_xact_lock(hashtextextended('user_preference/' || new.user_name, 0));
          if (select count(*) from user_preference where user_name = new.user_name) >= 100 then
            perform opsdb_refuse('user_preference_room', format('The user %s has 100 preferences', new.user_name));
          end if;
          return new;
        end
        $body$;
        comment on function opsdb_user_has_room is 'Refuses a preference to a user who has 100';
        create trigger has_room before insert on user_preference for each row execute function opsdb_user_has_room();

        create table platform_setting (
          id uuid primary key,
          name text not null unique check (name in ('banner', 'redirects', 'maintenance')),
          value jsonb not null check (jsonb_typeof(value) = 'object'),
          {Columns.OfEveryRow}
        );
        comment on table platform_setting is 'What an administrator has set for all sites; what has no row is not set';
        comment on column platform_setting.id is 'Follows from the name';
        comment on column platform_setting.name is
          'What it is: banner, a sentence that surfaces show; redirects, addresses that have moved; maintenance, while writes are refused';
        comment on column platform_setting.value is 'Its fields, which the name decides';

        select opsdb_keep_history('user_preference'), opsdb_keep_history('platform_setting');
        """;
}

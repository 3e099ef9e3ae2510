namespace OpsDb.Migrations;

/// <summary>
/// What the processes may do in the database: what they need and no more. The rights are given to the group role
/// <c>opsdb_application</c>, of which the roles of the processes are members, whatever their names.
/// </summary>
internal static class Rights
{
    /// <summary>
    /// Gives the rights anew, from none, for all tables that the caller owns. Rows of entities (tables with <c>version</c> and
    /// <c>transaction_id</c>) are read and written; a table of another kind has a line here or no rights.
    /// </summary>
    public const string Function =
        $"""
        create or replace function {VersionTable.GrantRights} returns void
        language plpgsql as $rights$
        declare
          item record;
        begin
          if not exists (select from pg_roles where rolname = 'opsdb_application') then
            return;
          end if;
          execute format('grant usage on schema %I, {VersionTable.Schema} to opsdb_application', current_schema());
          if has_schema_privilege('opsdb_application', current_schema(), 'create') then
            execute format('revoke create on schema %I from public, opsdb_application', current_schema());
          end if;
          for item in
            select c.oid::regclass as name, case
              when special.rights is not null then special.rights
              when c.relkind = 'S' then 'usage'
              when c.relkind = 'v' or c.oid = '{VersionTable.Qualified}'::regclass then 'select'
              when (select count(*) from pg_attribute a
                    where a.attrelid = c.oid and a.attname in ('version', 'transaction_id') and not a.attisdropped) = 2 then 'select, insert, update, delete'
              end as rights, case when c.relkind = 'S' then 'sequence' else 'table' end as kind
            from pg_class c left join (values
              ('site_watermark', 'select, insert, update'),
              ('api_token_use', 'select, insert, update'),
              ('provider_keys', 'select, insert, update'),
              ('device_authorization', 'select, insert, update, delete'),
              ('site_memory', 'select, insert, update, delete'),
              ('notice', 'select, insert, update, delete'),
              ('work_lease', 'select, insert, update, delete'),
              ('applied_transaction', 'select, insert, update (outcome, applied_at)'),
              ('held_transaction', 'select, insert, update, delete'),
              ('row_history', 'select, insert'),
              ('outbox_event', 'select, insert, delete'),
              ('webhook_delivery', 'select, insert, update, delete'),
              ('audit_entry', 'select, insert'),
              ('audit_chain', 'select'),
              ('transaction_intervention', 'select, insert')) special (name, rights) on special.name = c.relname
            where c.relnamespace in (current_schema()::regnamespace, '{VersionTable.Schema}'::regnamespace)
              and c.relkind in ('r', 'p', 'v', 'S') and pg_has_role(c.relowner, 'usage')
            order by c.oid
          loop
            execute format('revoke all on %s %s from opsdb_application', item.kind, item.name);
            if item.rights is not null then
              execute format('grant %s on %s %s to opsdb_application', item.rights, item.kind, item.name);
            end if;
          end loop;
          for item in
            select oid::regprocedure as name from pg_proc
            where pronamespace = current_schema()::regnamespace and pg_has_role(proowner, 'usage') order by oid
          loop
            execute format('grant execute on function %s to opsdb_application', item.name);
          end loop;
        end
        $rights$;
        comment on function {VersionTable.GrantRights} is
          'Gives the role opsdb_application the rights that the processes of OpsDb need; every migration calls it';
        revoke execute on function {VersionTable.GrantRights} from public;
        """;

    /// <summary>Whether a role can use the tables, and whether it can do with them what only their owner should; no row when there is no such role.</summary>
    public const string OfRole =
        """
        select has_table_privilege(rolname, 'applied_transaction', 'insert'), has_table_privilege(rolname, 'applied_transaction', 'truncate')
        from pg_roles where rolname = @role
        """;
}

using Dapper;
using Npgsql;
using OpsDb.DataApi;

namespace OpsDb.TestKit;

internal static class Catalogue
{
    public static async Task LoadAsync(DataApiSettings settings)
    {
        await using var connection = new NpgsqlConnection(settings.Database.Main);
        const string m = "1, now(), 'system', now(), 'system', gen_random_uuid()";
        await connection.ExecuteAsync($"""
            insert into observatory values (1, 'o', null, {m});
            insert into telescope values (1, 1, 't', 0, 0, 0, {m});
            insert into instrument values (1, 1, 'i', null, true, null, {m});
            insert into observing_program values (1, 'p', 'p', 'science', null, null, null, {m});
            insert into source values (1, 's', 'fixed', 1, 1, null, null, null, null, {m});
            insert into obs_mode values (1, 'm', null, {m});
            insert into obs_unit select g, 'u' || g, 1, 1, 1, 1, null, 1, 1, 1, 1, 1, true, null, {m} from generate_series(1, 60) g;
            """);
    }
}

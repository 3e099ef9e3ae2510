using OpsDb.DataApi;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Access;

internal sealed class SightTests
{
    /// <summary>What is of no programme: catalogues, places, the weather, and what has other rules.</summary>
    private static readonly string[] SeenByEverybody =
    [
        "api_token", "app_user", "audit_entry", "config_schema", "data_location", "data_transfer_route", "environment_reading", "group_member",
        "instrument", "instrument_configuration", "instrument_module", "instrument_module_configuration", "local_credential", "obs_mode",
        "observation_configuration", "observatory", "platform_setting", "role", "site", "source", "source_resolution", "telescope", "user_group",
        "user_identity", "user_preference", "user_role", "user_session", "webhook",
    ];

    [Test]
    public void What_every_caller_sees_was_decided() =>
        Assert.That(ApiComponents.Contributions<Table>().Where(t => t.SeenWith is null).Select(t => t.Name).Distinct().Order(StringComparer.Ordinal),
            Is.EqualTo(SeenByEverybody), "a new table says with which rows its rows are seen (SeenWith), or joins this list");

    [Test]
    public void Without_a_rule_nothing_is_seen_of_what_belongs_to_programs()
    {
        var (sight, sql) = (new Sight(), new SightSql());
        var narrowed = ApiComponents.Contributions<Table>().First(t => t.SeenWith is { Count: 0 } && t.SeenBy is null);
        Assert.That(sql.Of(sight, narrowed), Is.Null, "nobody is narrowed");
        sight.Narrow(new(new("scientist", null), ["*:*"]));
        Assert.That(sql.Of(sight, narrowed)!.Sql(new()), Is.EqualTo("false"));
        sight.Narrow(new(new("operator", null), []) { SeesAllPrograms = true });
        Assert.That(sql.Of(sight, narrowed), Is.Null);
    }
}

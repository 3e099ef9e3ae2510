using Microsoft.Extensions.DependencyInjection;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.ObsUnits;
using OpsDb.TestKit;
using OpsDb.Transactions;

namespace OpsDb.DbTests.Transactions;

/// <summary>What decisions read is looked up, however few rows there were when it was planned.</summary>
public sealed class SharedReadTests : IdleSiteFixture
{
    [Test]
    public async Task Rows_and_keys_are_looked_up_also_by_plans_that_were_made_for_empty_tables()
    {
        var rows = await ExplainAsync("rows (uuid[])", "select * from executed_obs_unit where id = any($1)", "'{}'");
        Assert.That(rows, Does.Contain("Index Cond: (id = ANY ($1))"));
        var keys = IdempotencyKeys.FindManyBufferedSql.Replace("@actors", "$1", StringComparison.Ordinal)
            .Replace("@used", "$2", StringComparison.Ordinal)
            .Replace("@site", "$3", StringComparison.Ordinal);
        Assert.That(await ExplainAsync("keys (text[], text[], text)", keys, "'{}', '{}', ''"),
            Does.Contain("Index Cond: ((site = $3) AND (actor = unnest.unnest) AND (idempotency_key = unnest.unnest_1))"));
    }

    [Test]
    public async Task A_row_that_was_found_is_rested_on_for_a_second()
    {
        var (clock, units, unit, cut) = await FoundAsync();
        Assert.That(units.FindRecent(unit, cut, Nothing)?.Row?.Id, Is.EqualTo(unit));
        clock.Pass(TimeSpan.FromSeconds(1));
        Assert.That(units.FindRecent(unit, cut, Nothing), Is.Not.Null);
        clock.Pass(TimeSpan.FromMilliseconds(1));
        Assert.That(units.FindRecent(unit, cut, Nothing), Is.Null);
    }

    [Test]
    public async Task Nothing_is_concluded_from_a_row_that_was_not_found()
    {
        var (_, units, _, cut) = await FoundAsync(missing: 999_999);
        Assert.That(units.FindRecent(999_999, cut, Nothing), Is.Null);
    }

    [Test]
    public async Task A_row_is_read_again_where_its_snapshot_does_not_go_with_what_is_folded_over_it()
    {
        var (_, units, unit, cut) = await FoundAsync();
        Assert.That(units.FindRecent(unit, null, Nothing), Is.Null, "without a log");
        Assert.That(units.FindRecent(unit, CutOf(Guid.NewGuid(), 0), Nothing), Is.Null, "another epoch");
        Assert.That(units.FindRecent(unit, CutOf(Epoch, 3), Nothing), Is.Null, "entries have left the overlay that the snapshot lacks");
        Assert.That(units.FindRecent(unit, cut with { Trimmed = 1 }, Nothing), Is.Null, "entries have left the log that the snapshot lacks");
        Assert.That(units.FindRecent(unit, cut, new HeldFold(Guid.NewGuid(), NoTables, [])), Is.Null, "something else is held");
    }

    [Test]
    public async Task Rows_that_critical_commands_change_are_always_read()
    {
        var execution = Running();
        await ApplyAsync(await ReadAsync(), At(1, new Changes().Create(execution)));
        var shared = ActivatorUtilities.CreateInstance<SharedRead<Execution>>(Services);
        Assert.That((await shared.FindAsync(execution.Id, new(Epoch, []), null)).Row, Is.Not.Null);
        Assert.That(shared.FindRecent(execution.Id, CutOf(Epoch, 0), Nothing), Is.Null);
    }

    private static IReadOnlyDictionary<string, Table> NoTables { get; } = new Dictionary<string, Table>();

    private static HeldFold Nothing { get; } = new(null, NoTables, []);

    private static OverlayCut CutOf(Guid epoch, long floor) => new(new(epoch, floor, NoTables), floor, null, 0, null);

    private async Task<(ManualClock Clock, SharedRead<ObsUnit> Units, int Unit, OverlayCut Cut)> FoundAsync(int? missing = null)
    {
        var clock = new ManualClock();
        var units = new SharedRead<ObsUnit>(Databases, Services.GetRequiredService<Site>(), clock);
        var unit = missing ?? await Installation.MainAsync<int>("select min(id) from obs_unit");
        await units.FindAsync(unit, new(Epoch, []), null);
        return (clock, units, unit, CutOf(Epoch, 0));
    }

    private async Task<string> ExplainAsync(string statement, string sql, string values)
    {
        await using var session = await Databases.LocalByKeyAsync(CancellationToken.None);
        await session.ExecuteAsync($"prepare {statement} as {sql}", null, CancellationToken.None);
        return string.Join('\n', await session.QueryAsync<string>($"explain execute {statement.Split(' ')[0]}({values})", null, CancellationToken.None));
    }
}

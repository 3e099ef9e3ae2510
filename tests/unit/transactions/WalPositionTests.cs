using OpsDb.Kernel;
using OpsDb.Transactions;

namespace OpsDb.UnitTests.Transactions;

public sealed class WalPositionTests
{
    [Test]
    public void An_LSN_is_compared_as_a_number_of_64_bits()
    {
        Assert.That(At("10/0").Reaches(Place(1, "A/9")));
        Assert.That(At("A/9").Reaches(Place(1, "10/0")), Is.False);
        Assert.That(At("FFFFFFFF/FFFFFFFE").Reaches(Place(1, "FFFFFFFF/FFFFFFFF")), Is.False);
        Assert.That(Place(3, "FFFFFFFF/FFFFFFFE").ToString(), Is.EqualTo("3 FFFFFFFF/FFFFFFFE"));
        Assert.That(WalPosition.Parse("3 FFFFFFFF/FFFFFFFE"), Is.EqualTo(Place(3, "FFFFFFFF/FFFFFFFE")));
        Assert.That(WalPosition.Parse(""), Is.EqualTo(default(WalPosition)));
    }

    [Test]
    public void A_place_is_left_behind_only_by_a_timeline_that_was_replayed()
    {
        var place = Place(1, "FF/0");
        Assert.That(Standing(true, "A/0", 1, 1).HasLeft(place), Is.False);
        Assert.That(Standing(true, "A/0", 2, 1).HasLeft(place), Is.False, "received, but its replay may be paused on the old one");
        Assert.That(Standing(true, "A/0", 2, 2).HasLeft(place), Is.True);
        Assert.That(Standing(false, "A/0", 2, 1).HasLeft(place), Is.True, "promoted: its control file lags behind");
        Assert.That(Standing(true, "FF/1", 1, 1).Reaches(Place(2, "A/0")), Is.False, "a timeline that it does not know");
    }

    [Test]
    public void A_token_says_what_it_was_made_of()
    {
        var epoch = Guid.NewGuid();
        foreach (var token in (ConsistencyToken[])[new("observatory", epoch, 12, Place(1, "A/9")), new("main", null, 0, Place(2, "10/0"))])
            Assert.That(ConsistencyToken.Parse(token.ToString()), Is.EqualTo(token));
    }

    [Test]
    public void A_token_demands_the_position_of_its_own_log_from_the_log_and_of_another_from_the_database()
    {
        var epoch = Guid.NewGuid();
        var token = new ConsistencyToken("observatory", epoch, 12, Place(1, "A/9"));
        var log = new LogPosition(epoch, 12);
        var here = new Site("observatory", SiteType.Secondary, true);
        var there = new Site("other", SiteType.Secondary, true);
        var standing = Standing(true, "A/9", 1, 1);
        Assert.That(token.IsReached(standing, log, here));
        Assert.That(token.IsReached(standing, log with { Position = 11 }, here), Is.False);
        Assert.That(token.IsReached(Standing(true, "A/8", 1, 1), log, here), Is.False);
        Assert.That(token.IsReached(standing with { Position = 11 }, log, there), Is.False);
        Assert.That(token.IsReached(standing with { Position = 12 }, log, there));
        Assert.That(token.IsReached(standing with { Position = 12 }, null, new("main", SiteType.Main, false)));
        Assert.Throws<RefusalException>(() => (token with { Epoch = Guid.NewGuid() }).IsReached(standing, log, here));
        Assert.Throws<RefusalException>(() => token.IsReached(standing with { Timeline = 2 }, log, here));
    }

    [Test]
    public void A_snapshot_fits_when_it_has_what_has_left_the_log_and_is_of_its_history()
    {
        var state = new OverlayState(Guid.NewGuid(), 4, new Dictionary<string, Table>());
        var id = Guid.CreateVersion7();
        state.Append(new(id, "observatory", "test", 1, Actor.System, default, null, null, null, []) { Position = new(state.Epoch, 5) });
        var cut = new OverlayCut(state, 5, id, 0, null) { Trimmed = 4 };
        Assert.That(cut.Fits(new(3, Guid.NewGuid(), null, null)), Is.False);
        Assert.That(cut.Fits(new(4, Guid.NewGuid(), null, null)), Is.True, "what has left the overlay cannot be compared");
        Assert.That(cut.Fits(new(5, id, null, null)), Is.True);
        Assert.That(cut.Fits(new(5, Guid.NewGuid(), null, null)), Is.False);
        Assert.That(cut.Fits(new(6, Guid.NewGuid(), null, null)), Is.True, "beyond the cut");
        state.TrimTo(5);
        Assert.That(cut.Fits(new(5, Guid.NewGuid(), null, null)), Is.False, "the one at the floor is still known");
    }

    private static WalPosition Place(int timeline, string lsn) => new(timeline, WalPosition.ParseLsn(lsn));

    private static Standing At(string lsn) => Standing(true, lsn, 1, 1);

    private static Standing Standing(bool inRecovery, string lsn, int timeline, int replayed) => new(inRecovery, lsn, timeline, replayed, 0);
}

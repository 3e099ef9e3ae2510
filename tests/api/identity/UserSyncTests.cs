using OpsDb.DataApi;
using OpsDb.Kernel;
using OpsDb.TestKit;
using OpsDb.Users;

namespace OpsDb.ApiTests.Identity;

/// <summary>The mirror of a provider's users.</summary>
[TestFixture(SiteType.Main)]
public sealed class UserSyncTests(SiteType type) : SiteFixture(type)
{
    private readonly string mark = $"{Guid.NewGuid():n}"[..8];

    [Test]
    public async Task Users_come_change_and_go_as_the_provider_s_do()
    {
        await using var list = await ProviderUserList.StartAsync();
        for (var i = 0; i < 120; i++)
            list.Set(Id(i), Name(i), email: $"{i}@example.org", firstName: "Ada");
        list.Set("off", Name(900), enabled: false);
        list.Set("taken", "observer");
        var first = await RunAsync(list);
        Assert.That(Counts(first), Is.EqualTo("120 created, 0 changed, 0 disabled, 0 enabled, 0 unchanged"));
        Assert.That(first.Failures, Has.One.StartsWith("observer: There is a user observer already"));
        Assert.That(Counts(await RunAsync(list)), Is.EqualTo("0 created, 0 changed, 0 disabled, 0 enabled, 120 unchanged"));

        list.Set(Id(0), Name(0), email: "other@example.org", firstName: "Ada");
        list.Set(Id(1), Name(1), enabled: false, email: "1@example.org", firstName: "Ada");
        list.Users.TryRemove(Id(2), out _);
        list.Set(Id(3), Name(3), email: "no address", firstName: "Ada");
        var second = await RunAsync(list);
        Assert.That(Counts(second), Is.EqualTo("0 created, 1 changed, 2 disabled, 0 enabled, 116 unchanged"));
        Assert.That(second.Failures, Has.One.Contains("is an address like"));
        Assert.That(await UserAsync(0), Is.EqualTo("other@example.org/Ada L./"));
        Assert.That(await UserAsync(2), Does.StartWith("2@example.org/Ada L./the identity provider"));

        await UseAsync<IUserAdministration>(list, users => users.DisableAsync(Name(2), "left for good", CancellationToken.None));
        list.Set(Id(1), Name(1), email: "1@example.org", firstName: "Ada");
        list.Set(Id(2), Name(2), email: "2@example.org", firstName: "Ada");
        list.Set(Id(3), Name(3), email: "3@example.org", firstName: "Ada");
        Assert.That((await RunAsync(list)).Enabled, Is.EqualTo(1));
        Assert.That(await UserAsync(1), Is.EqualTo("1@example.org/Ada L./"));
        Assert.That(await UserAsync(2), Does.EndWith("/left for good"), "whom somebody has disabled here stays so");
    }

    [Test]
    public async Task A_list_that_lacks_many_changes_nothing_unless_it_is_forced()
    {
        await using var list = await ProviderUserList.StartAsync();
        for (var i = 0; i < 10; i++)
            list.Set(Id(i), Name(i));
        await RunAsync(list);
        for (var i = 0; i < 3; i++)
            list.Users.TryRemove(Id(i), out _);
        list.Set(Id(50), Name(50));
        var refused = await Assert.ThrowsAsync<RefusalException>(() => RunAsync(list));
        Assert.That(refused!.Message, Does.StartWith("3 of 10 users would be disabled"));
        Assert.That(Counts(await RunAsync(list, force: true)), Is.EqualTo("1 created, 0 changed, 3 disabled, 0 enabled, 7 unchanged"));
    }

    [Test]
    public async Task While_the_provider_is_away_nothing_changes()
    {
        await using var list = await ProviderUserList.StartAsync();
        list.IsAway = true;
        Assert.That((await Assert.ThrowsAsync<NoAnswerException>(() => RunAsync(list)))!.Message, Is.EqualTo("answered with the status 503"));
    }

    private static string Counts(UsersSynced done) =>
        $"{done.Created} created, {done.Changed} changed, {done.Disabled} disabled, {done.Enabled} enabled, {done.Unchanged} unchanged";

    private string Id(int number) => $"{mark}-{number}";

    private string Name(int number) => $"mirrored-{mark}-{number}";

    private Task<string?> UserAsync(int number) => Installation.MainAsync<string>(
        "select concat_ws('/', email, display_name, coalesce(disabled_reason, '')) from app_user where name = @name", new { name = Name(number) });

    private async Task<UsersSynced> RunAsync(ProviderUserList list, bool force = false)
    {
        UsersSynced? done = null;
        await UseAsync<IUserSync>(list, async sync => done = await sync.RunAsync(force, CancellationToken.None));
        return done!;
    }

    private Task UseAsync<T>(ProviderUserList list, Func<T, Task> use) where T : notnull
    {
        var settings = Installation.MainSettings();
        foreach (var (name, value) in list.Settings)
            settings[name] = value;
        return DataApiBase.UseAsync(TestApi.Read(settings), use);
    }
}

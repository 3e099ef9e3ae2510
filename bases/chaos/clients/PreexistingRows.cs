namespace OpsDb.Chaos;

/// <summary>Rows that are there before the run: each has a line of the history, and one of the sites' planners.</summary>
internal static class PreexistingRows
{
    private const int Page = 1000;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    public static async Task NoteAsync(ClientWorld world)
    {
        var caller = new Caller("catalogue", world.History, world.Clock, world.Tally);
        foreach (var entity in Entity.Catalogue)
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, $"{entity.Path}?limit={Page}");
            var rows = AnswerRow.ReadPage((await world.Main.SendAsync(message, CallTimeout)).Body).Rows;
            caller.NotePreexisting(world.Main, entity, rows);
            for (var i = 0; i < rows.Count; i++)
                (i % 2 == 0 ? world.OfMain : world.OfSite).Catalogue[entity].Saw(rows[i], null);
        }
    }
}

using System.Text.Json;

namespace OpsDb.Chaos;

/// <summary>Rows that are there before the run: each has a line of the history, and one of the sites' planners.</summary>
internal static class PreexistingRows
{
    private const int Page = 1000;

    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    public static async Task NoteAsync(ClientWorld world)
    {
        world.SourceLocation = await LocateAsync(world.Main);
        var caller = new Caller("catalogue", world.History, world.Clock, world.Tally);
        foreach (var entity in Entity.Preexisting)
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, $"{entity.Path}?limit={Page}");
            var rows = AnswerRow.ReadPage((await world.Main.SendAsync(message, CallTimeout)).Body).Rows;
            caller.NotePreexisting(world.Main, entity, rows);
            if (entity == Entity.ObsUnits)
                world.FitUnits.UnionWith(rows.Where(r => Field(r, "instrument_id") == "1").Select(r => r.Id));
            if (!Entity.Catalogue.Contains(entity))
                continue;
            for (var i = 0; i < rows.Count; i++)
                (i % 2 == 0 ? world.OfMain : world.OfSite).Catalogue[entity].Saw(rows[i], null);
        }
    }

    private static string Field(AnswerRow row, string name) => JsonSerializer.Deserialize<JsonElement>(row.Json.Span).GetProperty(name).GetRawText();

    /// <summary>Makes a place that instruments write to; nobody changes it.</summary>
    private static async Task<string> LocateAsync(Api main)
    {
        var site = await CreateAsync("/api/v1/sites", new(("name", Fields.Text("a telescope")), ("short_name", Fields.Text("telescope"))));
        return await CreateAsync("/api/v1/data-locations", new(("site_id", site), ("name", Fields.Text("raw")), ("location_type", Fields.Text("source")),
            ("storage_type", Fields.Text("disk")), ("path", Fields.Text("/data"))));

        async Task<string> CreateAsync(string path, Fields fields)
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(fields.Object) };
            message.Content.Headers.ContentType = new("application/json");
            return AnswerRow.Read((await main.SendAsync(message, CallTimeout)).Body).Id;
        }
    }
}

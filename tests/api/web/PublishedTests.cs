using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.DataApi;
using OpsDb.Kernel;
using OpsDb.TestKit;
using OpsDb.Web;

namespace OpsDb.ApiTests.Web;

/// <summary>What is stored is not thereby published: private columns are in no schema and in no answer.</summary>
public sealed class PublishedTests
{
    /// <summary>Of an API whose servers nobody asks for anything.</summary>
    internal static readonly Dictionary<string, string> Settings = new()
    {
        ["SITE_NAME"] = "main",
        ["SITE_TYPE"] = "main",
        ["HTTP_URL"] = "http://127.0.0.1:0",
        ["API_TOKEN_KEY"] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        ["LSN_TRACKING_ENABLED"] = "false",
        ["MAIN_DB_HOST"] = "127.0.0.1",
        ["MAIN_DB_USER"] = "none",
        ["MAIN_DB_PASSWORD"] = "none",
        ["MAIN_DB_NAME"] = "none",
    };

    private static readonly Hook Row = new()
    {
        Id = 7,
        Name = "shown",
        Hash = "hidden",
        Secret = new AesSealer(new("k1", new byte[32])).Seal("hidden", "hook/secret/7"),
        Sync = new(SyncState.Applied, Guid.NewGuid()),
    };

    [Test]
    public async Task No_private_column_of_a_table_is_in_a_schema_or_a_parameter_of_its_rows()
    {
        await using var app = DataApiBase.Build(TestApi.Read(Settings));
        app.MapEntity<Hook, int, CreateHook>("Hooks", "hooks");
        await app.StartAsync();
        using var http = new HttpClient();
        var document = JsonElement.Parse(await http.GetStringAsync($"{app.Urls.First()}/openapi/v1.json"));
        var schemas = document.GetProperty("components").GetProperty("schemas").EnumerateObject().ToList();
        Assert.That(schemas.Select(s => s.Name), Is.SupersetOf((string[])["Hook", "HookPage", "HookPatch", "HookVersion", "CreateHook"]));
        var tables = app.Services.GetServices<Table>().Append(Hook.Table).ToList();
        Assert.That(tables.SelectMany(t => t.Columns.Where(c => c.IsPrivate).Select(c => $"{t.Name}.{c.Name}")),
            Is.SupersetOf((string[])["api_token.token_hash", "api_token.key_id", "hook.hash", "hook.secret"]));
        foreach (var table in tables)
        {
            var (row, hidden) = (table.GetType().GenericTypeArguments[0].Name, table.Columns.Where(c => c.IsPrivate).Select(c => c.Name).ToList());
            foreach (var schema in schemas.Where(s => s.Name.StartsWith(row, StringComparison.Ordinal) || s.Name.EndsWith(row, StringComparison.Ordinal)))
                Assert.That(schema.Value.TryGetProperty("properties", out var fields) ? fields.EnumerateObject().Select(f => f.Name).Intersect(hidden) : [],
                    Is.Empty, schema.Name);
            var address = $"/api/v1/{table.Path}";
            foreach (var path in document.GetProperty("paths").EnumerateObject().Where(p => p.Name.StartsWith(address, StringComparison.Ordinal)))
                Assert.That(hidden.Where(column => path.Value.GetRawText().Contains($"\"{column}\"", StringComparison.Ordinal)), Is.Empty, path.Name);
        }
    }

    [Test]
    public async Task No_answer_has_a_private_column_of_its_row()
    {
        var receipt = new Receipt<Hook>(Row, null, SyncState.Applied, Replayed: true);
        foreach (var answer in (Func<HttpContext, IResult>[])
            [
                c => Responses.Created(c, receipt, "/hooks/7"), c => Responses.Changed(c, receipt), c => Responses.Found(c, Row), c => Responses.Ok(Row),
                c => Responses.Content(c, new { Items = new[] { Row } }), c => Responses.List(c, new Page<Hook>([Row, Row], null, 2)),
                c => Responses.Versions(c, new Page<RowVersion<Hook>>([RowVersion<Hook>.Of(Row, VersionOperation.Created, null, Row.Sync!)], null, null)),
            ])
        {
            using var body = new MemoryStream();
            var context = new DefaultHttpContext { Response = { Body = body } };
            await answer(context).ExecuteAsync(context);
            Assert.That(Encoding.UTF8.GetString(body.ToArray()),
                Does.Contain("\"name\":\"shown\"").And.Not.Contain("hash").And.Not.Contain("secret").And.Not.Contain("hidden").And.Not.Contain("v1.k1"));
        }
    }

    internal sealed record Hook : Row<int>, IRow<Hook>
    {
        public static Table<Hook> Table { get; } = new("hook") { Filters = [Field.OneOf((Hook h) => h.Name, "with one of these names")], Patchable = ["name"] };

        public required string Name { get; init; }

        [Private]
        public string? Hash { get; init; }

        public Sealed? Secret { get; init; }
    }

    internal sealed record CreateHook(string Name) : ICreate<Hook>;
}

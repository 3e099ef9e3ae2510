using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Npgsql;
using OpsDb.Servers;
using StackExchange.Redis;

namespace OpsDb.Chaos;

/// <summary>Writes final.jsonl: what is there when everything has been applied and replicated.</summary>
internal sealed class FinalState(Installation installation)
{
    private const string Main = "main";

    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, string> digests = [];

    public async Task WriteAsync(string path, CancellationToken ct)
    {
        await using var file = new StreamWriter(path);
        foreach (var sql in FinalSql.OfMain.Concat(Entity.WrittenByMany.Select(FinalSql.Made)))
            await CopyAsync(installation.Primary.Application, sql, file, ct);
        foreach (var (at, address) in Databases)
        {
            await CopyAsync(address, FinalSql.Watermarks(at), file, ct);
            await TablesAsync(at, address, file, ct);
        }
        await StreamAsync(file);
        await CountersAsync(Main, installation.MainApi, file, ct);
        foreach (var api in installation.SiteApis)
            await CountersAsync(Installation.Site, api, file, ct);
    }

    private (string At, PostgresAddress Address)[] Databases =>
        [(Main, installation.Primary.Application), (Installation.Site, installation.Replica.Application)];

    private async Task TablesAsync(string at, PostgresAddress address, StreamWriter file, CancellationToken ct)
    {
        foreach (var table in await ReadAsync(address, FinalSql.Tables, ct))
        {
            var entity = Entity.All.FirstOrDefault(e => e.Table == table);
            var line = (await ReadAsync(address, FinalSql.Table(at, entity?.Name ?? table, table), ct))[0];
            await file.WriteLineAsync(line);
            var digest = JsonDocument.Parse(line).RootElement.GetProperty("digest").GetString()!;
            // Equal tables need not be there twice.
            if (entity is not null && (at == Main || digests[table] != digest))
                await CopyAsync(address, FinalSql.Rows(at, entity), file, ct);
            digests[table] = digest;
        }
    }

    private async Task StreamAsync(StreamWriter file)
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync(installation.Servers.Redis.ToConnectionString());
        var database = redis.GetDatabase();
        var epoch = await database.StringGetAsync($"site:{Installation.Site}:epoch");
        var info = await database.StreamInfoAsync($"site:{Installation.Site}:transaction_buffer");
        var last = ((string)info.LastGeneratedId!).Split('-')[0];
        await file.WriteLineAsync($$"""{"t":"stream","site":"{{Installation.Site}}","epoch":"{{Guid.Parse((string)epoch!)}}","last":{{last}}}""");
    }

    private async Task CountersAsync(string at, ApiServer server, StreamWriter file, CancellationToken ct)
    {
        using var http = new HttpClient
        {
            BaseAddress = server.Address,
            Timeout = RequestTimeout,
            DefaultRequestHeaders = { Authorization = new("Bearer", installation.Token) },
        };
        var health = JsonDocument.Parse(await http.GetStringAsync(new Uri("/health", UriKind.Relative), ct)).RootElement;
        var buffer = health.GetProperty("transaction_buffer");
        foreach (var (name, value) in ((string, string)[])[("pending", "size"), ("failed", "failed"), ("parked", "parked")])
            await file.WriteLineAsync(Counter(at, name, null, buffer.GetProperty(value).GetInt64()));
        foreach (var entity in Entity.All)
        {
            var page = await http.GetStringAsync(new Uri($"{entity.Path}?limit=1&count=true", UriKind.Relative), ct);
            await file.WriteLineAsync(Counter(at, "rows", entity.Name, JsonDocument.Parse(page).RootElement.GetProperty("total").GetInt64()));
        }
        await file.WriteLineAsync($$"""{"t":"health","site":"{{at}}","status":"{{health.GetProperty("status").GetString()}}"}""");
    }

    private static string Counter(string at, string name, string? entity, long value) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"t":"counter","at":"{{at}}","name":"{{name}}"{{(entity is null ? "" : $",\"entity\":\"{entity}\"")}},"value":{{value}}}""");

    private static async Task CopyAsync(PostgresAddress address, string sql, StreamWriter file, CancellationToken ct)
    {
        await foreach (var line in LinesAsync(address, sql, ct))
            await file.WriteLineAsync(line);
    }

    private static async Task<IReadOnlyList<string>> ReadAsync(PostgresAddress address, string sql, CancellationToken ct)
    {
        var lines = new List<string>();
        await foreach (var line in LinesAsync(address, sql, ct))
            lines.Add(line);
        return lines;
    }

    private static async IAsyncEnumerable<string> LinesAsync(
        PostgresAddress address, string sql, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection($"{address.ToConnectionString()};Pooling=false;Command Timeout=120;Timezone=UTC");
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            yield return reader.GetString(0);
    }
}

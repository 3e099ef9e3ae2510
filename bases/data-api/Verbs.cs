using System.CommandLine;
using System.Net.Sockets;
using System.Runtime;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpsDb.Cli;
using OpsDb.Kernel;
using OpsDb.Transactions;

namespace OpsDb.DataApi;

internal static partial class Verbs
{
    public static Command Serve() => new Command("serve", "Serve the API of this site until SIGTERM or SIGINT.").Does(async (_, ct) =>
    {
        var settings = DataApiBase.ReadSettings();
        // One request with a hundred thousand files must not hold up all others while the memory of the whole process is gone through.
        GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
        await using var app = DataApiBase.Build(settings);
        foreach (var warning in settings.Warnings)
            LogWeak(app.Logger, warning);
        try
        {
            await app.StartAsync(ct);
        }
        catch (Exception e) when (e is SocketException or IOException { InnerException: AddressInUseException })
        {
            throw new SettingsException([$"HTTP_URL {settings.Web.Url}: {e.Message}"]);
        }
        await app.WaitForShutdownAsync(ct);
    });

    public static Command Catalogue()
    {
        var folder = new Argument<string>("folder") { Description = "Holds the catalogue's CSV files." };
        var load = new Command("load", "Load a catalogue: all of its files or none. What is there already and equal stays as it is.") { folder };
        load.Does(async (result, ct) =>
        {
            var loaded = await DataApiBase.LoadCatalogueAsync(DataApiBase.ReadSettings(), result.GetValue(folder)!, ct);
            foreach (var (table, counts) in loaded.Tables)
                Console.WriteLine($"{table}: {counts.Created} created, {counts.Updated} updated, {counts.Unchanged} unchanged");
        });
        var export = new Command("export", "Write the catalogue into a folder, in the form in which it is loaded.") { folder };
        export.Does(async (result, ct) =>
        {
            foreach (var (file, rows) in await DataApiBase.ExportCatalogueAsync(DataApiBase.ReadSettings(), result.GetValue(folder)!, ct))
                Console.WriteLine($"{file}: {rows}");
        });
        return new Command("catalogue", "All that is planned, from the observatory to its obs units and reserved slots.") { load, export };
    }

    public static Command Transactions()
    {
        var id = new Argument<Guid>("id") { Description = "Of the transaction." };
        var note = new Option<string?>("--note") { Description = "Why; kept with what was done." };
        var state = new Option<string>("--state") { Description = "Which ones.", DefaultValueFactory = _ => "failed" }
            .AcceptOnlyFromAmong("failed", "parked", "pending");
        var site = new Option<string?>("--site") { Description = "Only those of one site." };
        var overwrite = new Option<bool>("--overwrite") { Description = "What the site decided wins over what the main database has now." };
        var steps = new Option<string?>("--steps") { Description = "A file with the corrected steps, as show prints them." };
        var named = new Argument<string>("site") { Description = "Name of the site." };

        var list = new Command("list", "List the transactions that are failed, parked or pending.") { state, site };
        list.Does((result, ct) => DataApiBase.UseAsync(async (ITransactions transactions) =>
        {
            foreach (var t in await transactions.ListAsync(StateOf(result.GetValue(state)), result.GetValue(site), int.MaxValue, ct))
                Console.WriteLine(Line(t));
        }));
        var show = new Command("show", "Print all that is known of a transaction, with both versions of rows in conflict.") { id };
        show.Does((result, ct) => DataApiBase.UseAsync(async (ITransactions transactions) =>
        {
            var found = await transactions.FindAsync(result.GetValue(id), ct);
            Print(found ?? throw new RefusalException(Problems.NotFound, $"There is no transaction {result.GetValue(id)} here."));
        }));
        var retry = new Command("retry", "Try a failed transaction again: as it is, corrected, or over what the main database has.")
        {
            id, overwrite, steps, note,
        };
        retry.Does((result, ct) => DataApiBase.UseAsync(async (IInterventions interventions) =>
        {
            var corrected = result.GetValue(steps) is { } file ? IncomingJson.Read<IReadOnlyList<Step>>(await File.ReadAllBytesAsync(file, ct)) : null;
            var how = new Retry(result.GetValue(overwrite), corrected, result.GetValue(note));
            Print(await interventions.RetryAsync(result.GetValue(id), how, new(Actor.System), ct));
        }));
        var discard = new Command("discard", "Give a failed or parked transaction up.") { id, note };
        discard.Does((result, ct) => DataApiBase.UseAsync(async (IInterventions interventions) =>
            Print(await interventions.DiscardAsync(result.GetValue(id), result.GetValue(note), new(Actor.System), ct))));
        var goOn = new Command("continue", "Let a processor that has stopped at a run of refusals set them aside and go on.") { named, note };
        goOn.Does((result, ct) => DataApiBase.UseAsync((IInterventions interventions) =>
            interventions.ContinueAsync(result.GetValue(named)!, result.GetValue(note), new(Actor.System), ct)));
        var acknowledge = new Command(
            "acknowledge-loss", "Note that it is known which positions a site's log has lost; health is degraded until then.") { named, note };
        acknowledge.Does((result, ct) => DataApiBase.UseAsync((IInterventions interventions) =>
            interventions.AcknowledgeLossAsync(result.GetValue(named)!, result.GetValue(note), new(Actor.System), ct)));
        return new Command("transactions", "Buffered writes that could not be applied.") { list, show, retry, discard, goOn, acknowledge };

        static TransactionState StateOf(string? name) => name switch
        {
            "failed" => TransactionState.Failed,
            "parked" => TransactionState.Parked,
            _ => TransactionState.Buffered,
        };

        static string Line(TransactionStatus t) =>
            $"{t.Id} {t.Site} {t.Position} {Instant.Format(t.AcceptedAt)} {t.Kind} {t.Actor} {t.Refusal?.Code} {t.Refusal?.Reason}".TrimEnd();

        static void Print<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value, Indented));
    }

    private static readonly JsonSerializerOptions Indented = new(Json.Published) { WriteIndented = true };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The settings could be safer: {Warning}.")]
    private static partial void LogWeak(ILogger logger, string warning);

    public static Command OpenApi() => new Command("openapi", "Print the API document.").Does(async (_, ct) => Console.Write(await ApiDocument.ReadAsync(ct)));
}

/// <summary>The API document, without a database.</summary>
public static class ApiDocument
{
    public static async Task<string> ReadAsync(CancellationToken ct)
    {
        await using var app = DataApiBase.Build(Settings());
        await app.StartAsync(ct);
        using var http = new HttpClient();
        return (await http.GetStringAsync($"{app.Urls.First()}/openapi/v1.json", ct)).ReplaceLineEndings("\n") + "\n";
    }

    /// <summary>Of a program that serves nobody.</summary>
    internal static DataApiSettings Settings() => DataApiSettings.Read(new(name => name switch
    {
        "SITE_NAME" => "main",
        "SITE_TYPE" => "main",
        "HTTP_URL" => "http://127.0.0.1:0",
        "API_TOKEN_KEY" => Convert.ToHexString(RandomNumberGenerator.GetBytes(32)),
        "LSN_TRACKING_ENABLED" => "false",
        "MAIN_DB_HOST" => "127.0.0.1",
        "MAIN_DB_USER" or "MAIN_DB_PASSWORD" or "MAIN_DB_NAME" => "none",
        _ => null,
    }));
}

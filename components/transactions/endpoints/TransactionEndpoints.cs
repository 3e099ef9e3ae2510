using System.ComponentModel;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Transactions.Endpoints;

/// <summary>Transactions, and how the site is.</summary>
public static class TransactionEndpoints
{
    private const string Manage = "manage:transactions";
    private const int DefaultLimit = 100, MaxLimit = 1000;

    public static void MapTransactions(this IEndpointRouteBuilder app)
    {
        var transactions = app.MapResource("/transactions", "Transactions",
            "What became of writes, and what operators do about those that the main database refused.");
        transactions.MapGet("/{id:guid}", Get).Needs("read:transactions")
            .WithName("getTransaction").WithSummary("Tells what became of a write").Produces<TransactionStatus>().IsTagged()
            .ReadsState().Refuses(401, 403, 404, 503);
        transactions.MapGet("/", List).Needs("read:transactions").WithMetadata(new QueryParameters("state", "site", "limit"))
            .WithName("listTransactions").WithSummary("Lists the transactions that are failed, parked or pending").Produces<TransactionList>()
            .ReadsState().Refuses(400, 401, 403, 503);
        transactions.MapPost("/{id:guid}/retry", Retry).Needs(Manage)
            .WithName("retryTransaction").WithSummary("Tries a failed transaction again, as it is, corrected, or over what the main site has")
            .Produces<Resolution>().Refuses(400, 401, 403, 404, 409, 415, 422, 503);
        transactions.MapPost("/{id:guid}/discard", Discard).Needs(Manage)
            .WithName("discardTransaction").WithSummary("Gives a failed or parked transaction up").Produces<Resolution>().Refuses(400, 401, 403, 404, 415, 503);
        var sites = app.MapResource("/sites", "Transactions");
        sites.MapPost("/{site}/continue", Continue).Needs(Manage)
            .WithName("continueSite").WithSummary("Lets a processor that has stopped at a run of refusals go on")
            .Produces(StatusCodes.Status204NoContent).Refuses(400, 401, 403, 404, 415, 503);
        sites.MapPost("/{site}/acknowledge-loss", AcknowledgeLoss).Needs(Manage)
            .WithName("acknowledgeLoss").WithSummary("Notes that it is known which positions the site's log has lost")
            .Produces(StatusCodes.Status204NoContent).Refuses(400, 401, 403, 404, 415, 503);

        app.MapGet("/health", Health).IsPublic().WithTags("Site")
            .WithMetadata(new TagText("Site", "How this site is, for people and for the programs that watch it."))
            .WithName("getHealth").WithSummary("How the site is, in short").Produces<HealthAnswer>();
        app.MapResource("/site", "Site").MapGet("/health", HealthInDetail).Needs("read:site").WithName("getSiteHealth")
            .WithSummary("How the site is, with what the databases said and the names of hosts and settings").Produces<HealthAnswer>().Refuses(401, 403, 503);
        app.MapGet("/buffer-stats", Stats).Needs("read:site").WithTags("Site").WithName("getBufferStats").WithSummary("The buffer in figures")
            .WithDescription(LiveState.About).Produces<BufferStats>(StatusCodes.Status200OK, "application/json", LiveChannel.EventStream).Refuses(401, 403);
    }

    private static async Task<IResult> Get(Guid id, ITransactions transactions, HttpContext context, CancellationToken ct) =>
        Responses.Content(context, Shown(await transactions.FindAsync(id, ct) ?? throw new RefusalException(Problems.NotFound,
            $"This site does not know the transaction {id}; one that another site wrote appears when it has been replicated."), context));

    /// <summary>Only operators are told what the database said.</summary>
    private static TransactionStatus Shown(TransactionStatus status, HttpContext context) =>
        context.Principal().Allows(Manage) ? status : status with { Refusal = status.Refusal?.ForReaders() };

    private static async Task<IResult> List(
        [Description("Must be given: failed, parked or pending.")] string? state, [Description("Only those of this site.")] string? site,
        [Description("How many at most, 1 to 1000; 100 when absent.")] string? limit, ITransactions transactions, HttpContext context, CancellationToken ct)
    {
        var wanted = state switch
        {
            "failed" => TransactionState.Failed,
            "parked" => TransactionState.Parked,
            "pending" => TransactionState.Buffered,
            _ => throw Wrong("state", "is failed, parked or pending"),
        };
        var most = limit is null ? DefaultLimit
            : int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MaxLimit ? number
            : throw Wrong("limit", $"is from 1 to {MaxLimit}");
        return Responses.Ok(new TransactionList([.. (await transactions.ListAsync(wanted, site, most, ct)).Select(t => Shown(t, context))]));
    }

    private static RefusalException Wrong(string parameter, string message) =>
        RefusalException.Fields(Problems.MalformedParameter, new Dictionary<string, string[]> { [parameter] = [message] });

    private static async Task<IResult> Retry(Guid id, Request<Retry> request, IInterventions interventions, CancellationToken ct) =>
        Responses.Ok(await interventions.RetryAsync(id, request.Body, request.Submission, ct));

    private static async Task<IResult> Discard(Guid id, Request<Remark> request, IInterventions interventions, CancellationToken ct) =>
        Responses.Ok(await interventions.DiscardAsync(id, request.Body.Note, request.Submission, ct));

    private static async Task<IResult> Continue(string site, Request<Remark> request, IInterventions interventions, CancellationToken ct)
    {
        await interventions.ContinueAsync(site, request.Body.Note, request.Submission, ct);
        return Results.NoContent();
    }

    private static async Task<IResult> AcknowledgeLoss(string site, Request<Remark> request, IInterventions interventions, CancellationToken ct)
    {
        await interventions.AcknowledgeLossAsync(site, request.Body.Note, request.Submission, ct);
        return Results.NoContent();
    }

    // Anybody may ask: what it takes to know the answer is done a few times a second, however many ask.
    private static async Task<IResult> Health(ISiteStates states, CancellationToken ct)
    {
        var now = await states.RecentAsync(ct);
        return Responses.Ok(HealthOf(now, f => f.Problem));
    }

    private static async Task<IResult> HealthInDetail(ISiteStates states, CancellationToken ct)
    {
        var now = await states.ReadAsync(ct);
        return Responses.Ok(HealthOf(now, f => f.ToString()));
    }

    private static HealthAnswer HealthOf(SiteState now, Func<Finding, string> told)
    {
        var (buffer, sentences) = (now.Of<BufferReport>(), now.Findings.Select(told).ToList());
        var status = now.TakesRequests ? sentences.Count > 0 ? "degraded" : "healthy" : "unhealthy";
        return new(status, Connected(buffer.DatabaseConnected), Connected(buffer.RedisConnected),
            new(buffer.Buffer.Pending, buffer.Failed, buffer.Parked), buffer.Processor, sentences, [.. now.Notices.Select(told)]);
    }

    private static async Task<IResult> Stats(ISiteStates states, HttpContext context, CancellationToken ct) =>
        LiveChannel.IsWantedBy(context) ? await LiveState.TellAsync<ISiteStates>(context, StatsOf) : Responses.Ok(await StatsOf(states, ct));

    private static async Task<object> StatsOf(ISiteStates states, CancellationToken ct)
    {
        var now = (await states.ReadAsync(ct)).Of<BufferReport>();
        return new BufferStats(
            now.Buffer.Pending, now.Failed, now.Rate, now.MeanMilliseconds, now.Buffer.OldestPending.TotalSeconds, now.LagBytes, now.Lag.TotalSeconds);
    }

    private static string Connected(bool connected) => connected ? "connected" : "disconnected";

    /// <summary>Transactions that are in one state, oldest first.</summary>
    /// <param name="Items">The transactions.</param>
    private sealed record TransactionList(IReadOnlyList<TransactionStatus> Items);

    /// <summary>How a site is, in short.</summary>
    /// <param name="Status">healthy; degraded, when something is wrong and requests are taken; unhealthy, when they are not.</param>
    /// <param name="Database">connected or disconnected: the site's database.</param>
    /// <param name="Redis">connected or disconnected: what keeps the writes that the main database does not have yet.</param>
    /// <param name="TransactionBuffer">What is in it.</param>
    /// <param name="BackgroundProcessor">
    /// What brings the buffered writes to the main database: running, standby, retrying, stopped, or not_needed at the main site.
    /// </param>
    /// <param name="Problems">What is wrong, in sentences; empty when nothing is.</param>
    /// <param name="Notices">What is as somebody wants it and does not make the site degraded, such as maintenance; empty when there is nothing.</param>
    private sealed record HealthAnswer(
        string Status, string Database, string Redis, BufferSize TransactionBuffer, string BackgroundProcessor, IReadOnlyList<string> Problems,
        IReadOnlyList<string> Notices);

    /// <summary>How many transactions are in a site's buffer.</summary>
    /// <param name="Size">Accepted and not yet known to be on the main database.</param>
    /// <param name="Failed">Refused by the main database; they wait for a person.</param>
    /// <param name="Parked">Waiting behind those.</param>
    private sealed record BufferSize(long Size, long Failed, long Parked);

    /// <summary>A site's buffer in figures.</summary>
    /// <param name="PendingTransactions">Accepted and not yet known to be on the main database.</param>
    /// <param name="FailedTransactions">Refused by the main database.</param>
    /// <param name="ProcessingRate">Applied a second over the last minute, by the process that answers.</param>
    /// <param name="AverageExecutionTimeMs">Mean time on the main database for one, milliseconds.</param>
    /// <param name="OldestPendingS">Age of the oldest pending one, seconds.</param>
    /// <param name="ReplicaLagBytes">How far the site's database is behind the main one, bytes of its log.</param>
    /// <param name="ReplicaLagS">Since when it has been behind, seconds.</param>
    private sealed record BufferStats(
        long PendingTransactions, long FailedTransactions, double ProcessingRate, double AverageExecutionTimeMs, double OldestPendingS,
        ulong ReplicaLagBytes, double ReplicaLagS);
}

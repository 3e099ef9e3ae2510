using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Jobs.Endpoints;

/// <summary>The background jobs of this site.</summary>
/// <param name="Items">By name.</param>
public sealed record JobList(IReadOnlyList<JobState> Items);

/// <summary>The newest runs of a job.</summary>
/// <param name="Items">The newest first.</param>
public sealed record JobRunList(IReadOnlyList<JobRun> Items);

public static class JobEndpoints
{
    private const string OfJob = "Its name.";

    public static void MapJobs(this IEndpointRouteBuilder app)
    {
        var jobs = app.MapResource("/jobs", "Jobs",
            "The work that goes on in the background at this site: when it runs, and how it went. Each site has its own.");
        jobs.MapGet("/", List).Needs("read:jobs").WithName("listJobs").WithSummary("Lists the background jobs of this site")
            .WithDescription($"Those that a process of the site has run within a day; on one page. {LiveState.About}")
            .Produces<JobList>(StatusCodes.Status200OK, "application/json", LiveChannel.EventStream).IsTagged().Refuses(401, 403, 503);
        jobs.MapGet("/{job}", Get).Needs("read:jobs").WithName("getJob").WithSummary("Gets a job")
            .Produces<JobState>().IsTagged().Refuses(401, 403, 404, 503);
        jobs.MapGet("/{job}/runs", Runs).Needs("read:jobs").WithName("listRunsOfJob").WithSummary("Lists the newest runs of a job")
            .WithDescription($"{JobBook.MaxRuns} at most; runs with nothing to do, one after the other, are one.")
            .Produces<JobRunList>().IsTagged().Refuses(401, 403, 404, 503);
        jobs.MapPost("/{job}/run", Run).Needs("write:jobs").WithName("runJob").WithSummary("Asks for a run of a job soon")
            .WithDescription("A process of the site that runs it begins within a few seconds. One that runs already is not begun again.")
            .Produces<JobState>(StatusCodes.Status202Accepted).Refuses(401, 403, 404, 503);
        app.MapWork<WorkItem>("Jobs", "jobs");
    }

    private static async Task<IResult> List(JobBook book, HttpContext context, CancellationToken ct) =>
        LiveChannel.IsWantedBy(context) ? await LiveState.TellAsync<JobBook>(context, ListOf) : Responses.Content(context, await ListOf(book, ct));

    private static async Task<object> ListOf(JobBook book, CancellationToken ct) => new JobList(await book.ListAsync(ct));

    private static async Task<IResult> Get([Description(OfJob)] string job, JobBook book, HttpContext context, CancellationToken ct) =>
        Responses.Content(context, await FindAsync(job, book, ct));

    private static async Task<IResult> Runs([Description(OfJob)] string job, JobBook book, HttpContext context, CancellationToken ct)
    {
        var found = await FindAsync(job, book, ct);
        return Responses.Content(context, new JobRunList(await book.RunsAsync(found.Name, ct)));
    }

    private static async Task<IResult> Run([Description(OfJob)] string job, JobBook book, HttpContext context, CancellationToken ct)
    {
        var found = await FindAsync(job, book, ct);
        await book.AskAsync(found.Name, context.Principal().Actor.User, ct);
        return Responses.Json(StatusCodes.Status202Accepted, found);
    }

    /// <exception cref="RefusalException">not-found.</exception>
    private static async Task<JobState> FindAsync(string job, JobBook book, CancellationToken ct) =>
        (await book.ListAsync(ct)).FirstOrDefault(j => j.Name == job)
            ?? throw new RefusalException(Problems.NotFound, "No process of this site has run a job of that name within a day.");
}

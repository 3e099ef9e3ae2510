using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Programs;
using OpsDb.Web;

namespace OpsDb.Executions.Endpoints;

public static class ExecutionEndpoints
{
    public static void MapExecutions(this IEndpointRouteBuilder app)
    {
        var executions = app.MapResource("/executions", "Executions",
            "What was observed: the executions of obs units, from their start to their end. "
            + "These writes are never lost: a site that is cut off takes them, too.");
        executions.MapPost("/", Start).Needs("write:executions").Creates<Execution>("Starts an execution of an obs unit").WithName("startExecution");
        executions.MapGet("/", EntityHandlers.List<Execution, Guid>()).Needs("read:executions").Lists<Execution>("Lists executions");
        executions.MapGet("/{id:guid}", EntityHandlers.Get<Execution, Guid>()).Needs("read:executions").Gets<Execution>("Gets an execution").TakesAsOf();
        executions.MapHistory<Execution, Guid>("read:executions");
        executions.MapPatch("/{id:guid}", EntityHandlers.Change<Execution, Guid>()).Needs("write:executions").Patches<Execution>("Corrects an execution");
        executions.MapPost("/{id:guid}/finish", Finish).Needs("write:executions").Changes<Execution>("Finishes an execution").WithName("finishExecution");
        executions.MapPost("/{id:guid}/abort", Abort).Needs("write:executions").Changes<Execution>("Aborts an execution").WithName("abortExecution");
        var programs = app.MapResource("/programs", "Programs");
        programs.MapGet("/hours", Hours).ShowsHours("Sums the time of all programs and their parts").WithName("listProgramHours");
        programs.MapGet("/{id:int}/hours", HoursOf).ShowsHours("Sums the time of a program and its parts").Refuses(404).WithName("getProgramHours");
        app.MapResource("/executed-module-configurations", "Executions").MapReads<ExecutedModuleConfiguration, Guid>("read:executions");
        app.MapResource("/obs-units", "Executions").MapGet("/{obs_unit_id:int}/executions", ListOfUnit).Needs("read:executions")
            .Lists<Execution>("Lists the executions of an obs unit").WithName("listExecutionsOfObsUnit");
        app.MapResource("/sources", "Sources").MapGet("/{id:int}/details", SourceDetails).Needs("read:sources", "read:obs_units", "read:executions")
            .DescribesSource().WithName("getSourceDetails");

        app.MapPost("/executed_obs_units/start", StartAlias).Needs("write:executions").Creates<AliasAnswer>("Starts an execution")
            .IsAliasOf("/api/v1/executions").WithName("startExecutedObsUnit");
        app.MapPut("/executed_obs_units/{id:guid}/finish", Finish).Needs("write:executions").Changes<Execution>("Finishes an execution")
            .IsAliasOf("/api/v1/executions/{id}/finish").WithName("finishExecutedObsUnit");
        app.MapGet("/api/v1/executed_obs_units/{id:guid}", EntityHandlers.Get<Execution, Guid>()).Needs("read:executions")
            .Gets<Execution>("Gets an execution").TakesAsOf().IsAliasOf("/api/v1/executions/{id}").WithName("getExecutedObsUnit");
        app.MapGet("/sources/{id:int}/details", SourceDetails).Needs("read:sources", "read:obs_units", "read:executions").DescribesSource()
            .IsAliasOf("/api/v1/sources/{id}/details").WithName("getSourceDetailsAlias");
    }

    private static RouteHandlerBuilder DescribesSource(this RouteHandlerBuilder endpoint) => endpoint
        .Gets<SourceDetails>("Gets all that is known of a source")
        .WithDescription($"With its obs units, up to {SourceDetailsReader.MaxObsUnits}, and the hours of their newest executions, up to "
            + $"{SourceDetailsReader.MaxExecutions}; `is_truncated` tells that there are more.");

    private static async Task<IResult> SourceDetails(int id, SourceDetailsReader sources, HttpContext context, CancellationToken ct) =>
        Responses.Content(context, await sources.ReadAsync(id, ct));

    private static RouteHandlerBuilder ShowsHours(this RouteHandlerBuilder endpoint, string summary) => endpoint
        .Needs("read:programs", "read:obs_units", "read:executions").WithSummary(summary)
        .WithDescription("What was allocated and requested, and what executions have used and lost, those that are pending at the site included.")
        .Produces<ProgramHoursList>().IsTagged().ReadsState().Refuses(400, 401, 403, 503);

    private static async Task<IResult> Hours(IProgramHours hours, TimeProvider time, HttpContext context, CancellationToken ct) =>
        Responses.Content(context, await hours.SumAsync(null, time.GetUtcNow(), ct));

    private static async Task<IResult> HoursOf(int id, IProgramHours hours, TimeProvider time, HttpContext context, CancellationToken ct)
    {
        var found = await hours.SumAsync(id, time.GetUtcNow(), ct);
        return found.Items.Count > 0 ? Responses.Content(context, found)
            : throw new RefusalException(Problems.NotFound, $"There is no {ObservingProgram.Table.Noun} {id}.");
    }

    private static async Task<IResult> Start(Request<StartExecution> request, ICommands commands, HttpContext context, CancellationToken ct)
    {
        var receipt = await commands.SubmitAsync(request.Body, request.Submission, ct);
        return Responses.Created(context, receipt, $"/api/v1/executions/{receipt.Result.Id}");
    }

    private static Task<IResult> ListOfUnit(
        [FromRoute(Name = "obs_unit_id")] int obsUnitId, IReader<Execution, Guid> executions, HttpContext context, CancellationToken ct) =>
        Responses.ListAsync(context, executions, Responses.Query<Execution>(context).Where("obs_unit_id", obsUnitId), ct);

    private static async Task<IResult> Finish(Guid id, Request<FinishExecution> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));

    private static async Task<IResult> Abort(Guid id, Request<AbortExecution> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));

    private static async Task<IResult> StartAlias(Request<StartExecution> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.CreatedOrKnownAlias(context, await commands.SubmitAsync(request.Body, request.Submission, ct), "executions");
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.RawData;
using OpsDb.Web;

namespace OpsDb.Copies.Endpoints;

public static class CopyEndpoints
{
    private const string Tag = "Copies", Read = "read:copies", Write = "write:copies";

    public static void MapCopies(this IEndpointRouteBuilder app)
    {
        var copies = app.MapWork<PhysicalCopy>(Tag, "copies",
            "Which object is where, whether it was verified, and what may be deleted. No copy is deleted before the policy of its place is met.");
        copies.MapPost("/", Note).Needs(Write).Creates<PhysicalCopy>("Notes that an object is at a location").AnswersKnown<PhysicalCopy>();
        copies.MapPost("/{id:guid}/verify", Verify).Needs(Write).Changes<PhysicalCopy>("Tells the checksum of a copy").WithName("verifyPhysicalCopy");
        copies.MapPost("/{id:guid}/move", Move).Needs(Write).Changes<PhysicalCopy>("Says what has become of a copy").WithName("movePhysicalCopy");
        copies.MapPost("/schedule-deletion", Schedule).Needs(Write)
            .ChangesMany<PhysicalCopy>("Schedules the deletion of those copies that may be deleted").WithName("scheduleDeletionOfPhysicalCopies");
        copies.MapGet("/deletion", Candidates).Needs(Read).Lists<PhysicalCopy>("Tells which copies may be deleted, and why others may not")
            .WithName("listDeletionCandidates").Produces<PageAnswer<DeletionCandidate>>();

        var holds = app.MapEntity<Hold, Guid, CreateHold>(Tag, "copies");
        holds.MapPost("/{id:guid}/release", Release).Needs(Write).Changes<Hold>("Releases a hold").WithName("releaseHold");
        var packages = app.MapResource("/raw-data-packages", Tag);
        packages.MapPost("/hold", HoldMany).Needs(Write).ChangesMany<RawDataPackage>("Holds many raw data packages").WithName("holdRawDataPackages");
        packages.MapPost("/release", ReleaseMany).Needs(Write)
            .ChangesMany<RawDataPackage>("Releases many raw data packages").WithName("releaseRawDataPackages");
    }

    private static async Task<IResult> Note(Request<NoteCopy> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.CreatedOrKnown(context, await commands.SubmitAsync(request.Body, request.Submission, ct), "physical-copies");

    private static async Task<IResult> Verify(Guid id, Request<VerifyCopy> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));

    private static async Task<IResult> Move(Guid id, Request<MoveCopy> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));

    private static async Task<IResult> Schedule(Request<ScheduleDeletions> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Done(context, await commands.SubmitAsync(request.Body with { Of = Responses.Matching<PhysicalCopy>(context) }, request.Submission, ct));

    private static async Task<IResult> Candidates(DeletionCandidates candidates, HttpContext context, CancellationToken ct) =>
        Responses.List(context, await candidates.ListAsync(Responses.Query<PhysicalCopy>(context), ct));

    private static async Task<IResult> Release(Guid id, Request<ReleaseHold> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));

    private static async Task<IResult> HoldMany(Request<HoldPackages> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Done(context, await commands.SubmitAsync(request.Body with { Of = Responses.Matching<RawDataPackage>(context) }, request.Submission, ct));

    private static async Task<IResult> ReleaseMany(Request<ReleasePackages> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Done(context, await commands.SubmitAsync(request.Body with { Of = Responses.Matching<RawDataPackage>(context) }, request.Submission, ct));
}

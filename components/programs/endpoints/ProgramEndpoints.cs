using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Programs.Endpoints;

public static class ProgramEndpoints
{
    public static void MapPrograms(this IEndpointRouteBuilder app)
    {
        app.MapEntity<ObservingProgram, int, CreateObservingProgram>("Programs", "programs", "Observing programs, to which telescope time is allocated.");
        app.MapEntity<SubObservingProgram, int, CreateSubObservingProgram>("Programs", "programs");
        app.MapEntity<ProgramMember, int, CreateProgramMember>("Programs", "programs");

        app.MapReadAliases<ObservingProgram, int>("/observing_program", "read:programs");
        app.MapPost("/observing_program", EntityHandlers.Create<CreateObservingProgram, ObservingProgram>()).Needs("write:programs")
            .Creates<ObservingProgram>("Creates an observing program").IsAliasOf("/api/v1/programs").WithName("createObservingProgramAlias");
        app.MapPut("/observing_program/{id:int}", ChangeAlias).Needs("write:programs")
            .Changes<ObservingProgram>("Changes an observing program").IsAliasOf("/api/v1/programs/{id}").WithName("changeObservingProgramAlias");
    }

    private static async Task<IResult> ChangeAlias(int id, Request<ProgramFields> request, ICommands commands, HttpContext context, CancellationToken ct)
    {
        var given = Json.ToElement(request.Body).EnumerateObject().Where(f => f.Value.ValueKind != JsonValueKind.Null).ToDictionary(f => f.Name, f => f.Value);
        return Responses.Changed(context,
            await commands.SubmitAsync(new Change<ObservingProgram, int>(id, new(Json.ToElement(given))), request.Submission, ct));
    }

    /// <summary>What is to be changed; what is absent stays.</summary>
    private sealed record ProgramFields
    {
        public string? Name { get; init; }

        /// <summary>The person in charge.</summary>
        public string? Lead { get; init; }

        /// <summary>Telescope time, hours.</summary>
        public double? AllocatedHours { get; init; }

        public string? Description { get; init; }
    }
}

using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>The pages that the <c>type</c> of a problem leads to.</summary>
internal static class ProblemPages
{
    private const string JsonType = "application/json; charset=utf-8";

    public static void Map(IEndpointRouteBuilder app)
    {
        var problems = app.ServiceProvider.GetServices<ProblemSet>().SelectMany(s => s.Problems)
            .OrderBy(p => p.Code, StringComparer.Ordinal).Select(ProblemPage.Of).ToList();
        var all = Keep(problems);
        var pages = problems.ToDictionary(p => p.Code, Keep);
        app.MapGet("/problems", (Delegate)all.AnswerAsync).IsPublic().WithTags("Document").WithMetadata(new TagText("Document", "What the API says of itself."))
            .WithName("listProblems").WithSummary("Every kind of problem").Produces<IReadOnlyList<ProblemPage>>().IsTagged();
        app.MapGet("/problems/{code}", (string code, HttpContext context) => pages.TryGetValue(code, out var page)
                ? page.AnswerAsync(context)
                : throw new RefusalException(Problems.NotFound, $"There is no kind of problem '{Excerpt.Of(code)}'."))
            .IsPublic().WithTags("Document").WithName("getProblem").WithSummary("What a kind of problem means and what to do").Produces<ProblemPage>()
            .IsTagged().Refuses(StatusCodes.Status404NotFound);
    }

    private static KeptBytes Keep<T>(T value) => new(JsonSerializer.SerializeToUtf8Bytes(value, Json.Published), JsonType);
}

/// <summary>A kind of problem.</summary>
/// <param name="Code">Stable; the last part of the <c>type</c> of a problem.<example>not-found</example></param>
/// <param name="Status">The HTTP status that it comes with.<example>404</example></param>
/// <param name="Title">The same sentence at every occurrence.<example>There is no such resource</example></param>
/// <param name="Remedy">What the caller can do about it.<example>Check the identifier and the address.</example></param>
internal sealed record ProblemPage(string Code, int Status, string Title, string Remedy)
{
    public static ProblemPage Of(Problem problem) =>
        new(problem.Code, problem == Problems.MethodNotAllowed ? StatusCodes.Status405MethodNotAllowed : ProblemAnswers.Status(problem.Kind),
            problem.Title, problem.Remedy);
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpsDb.Kernel;

namespace OpsDb.Web;

public static class WebRegistration
{
    /// <summary>How long requests under way may take after the process was told to stop.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(8);

    public static WebApplicationBuilder AddWeb(this WebApplicationBuilder builder, WebOptions options)
    {
        builder.WebHost.UseUrls(options.Url).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.BodyLimit;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
        builder.Services
            .Configure<HostOptions>(o => o.ShutdownTimeout = Drain)
            .ConfigureHttpJsonOptions(o => Json.Configure(o.SerializerOptions))
            .Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true)
            .AddSingleton<RequestMetrics>()
            .AddCors(cors => cors.AddDefaultPolicy(policy => policy.WithOrigins([.. options.CorsOrigins]).AllowAnyHeader().AllowAnyMethod()
            .WithExposedHeaders("ETag", "Link", "Location", "Retry-After", "Idempotency-Replayed", "OpsDb-Transaction", "OpsDb-Consistency", "OpsDb-As-Of", "Preference-Applied")))
            .AddApiDocument();
        return builder;
    }

    /// <summary>Everything a request passes before its endpoint.</summary>
    public static WebApplication UseWeb(this WebApplication app)
    {
        app.UseMiddleware<RequestTiming>();
        app.Use(async (context, next) =>
        {
            context.Response.OnStarting(() =>
            {
                var headers = context.Response.Headers;
                headers.XContentTypeOptions = "nosniff";
                headers.CacheControl = headers.CacheControl.Count == 0 ? "no-store" : headers.CacheControl;
                headers["Referrer-Policy"] = "no-referrer";
                if (context.RequestServices.GetService<IConsistency>()?.Current is { } consistency)
                {
                    if (consistency.Token is { } token)
                        headers["OpsDb-Consistency"] = token;
                    else
                        Preferences.Applied(context.Response, "stale");
                    if (consistency.AsOf is { } asOf)
                        headers["OpsDb-As-Of"] = Instant.Format(asOf);
                }
                return Task.CompletedTask;
            });
            await next(context);
        });
        app.UseMiddleware<ProblemAnswers>();
        app.UseRouting();
        app.UseCors();
        app.UseMiddleware<Authentication>();
        app.Use((context, next) =>
        {
            if (context.Request.Query.Count == 0 || context.GetEndpoint() is not RouteEndpoint endpoint || endpoint.Metadata.GetMetadata<ListOf>() is not null)
                return next(context);
            var known = endpoint.Metadata.GetMetadata<Takes>()?.Parameters ?? [];
            var unknown = context.Request.Query.Keys.Except(known).ToList();
            return unknown.Count == 0
                ? next(context)
                : throw DomainException.Fields(Problems.MalformedParameter, unknown.ToDictionary(p => p, _ => (string[])[$"is not a parameter of this address; it takes {(known.Length == 0 ? "none" : string.Join(", ", known))}"]));
        });
        app.Use((context, next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<ReadsState>() is not null)
                context.RequestServices.GetRequiredService<IConsistency>().Want(ReadsState.Wanted(context.Request));
            return next(context);
        });
        return app;
    }

    /// <summary>The document, its explorer and the pages on problems; then the check that every endpoint names its permission.</summary>
    public static void MapWeb(this WebApplication app)
    {
        var document = app.Services.GetRequiredService<ServedDocument>();
        app.MapGet("/openapi/v1.json", async (HttpContext context) => await (await document.ReadAsync()).AnswerAsync(context)).IsPublic()
            .ExcludeFromDescription();
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/docs"), docs => docs.UseMiddleware<KeptAnswers>().UseSwaggerUI(ui =>
        {
            ui.RoutePrefix = "docs";
            ui.SwaggerEndpoint("/openapi/v1.json", "OpsDb data API v1");
        }));
        ProblemPages.Map(app);
        app.RequireAccessOnEveryEndpoint();
    }
}

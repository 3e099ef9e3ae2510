using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.HttpOverrides;
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
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (var address in options.Addresses)
            {
                kestrel.Listen(address, listen =>
                {
                    if (address.Scheme == Uri.UriSchemeHttps)
                        listen.UseHttps(kestrel.ApplicationServices.GetRequiredService<ServerCertificate>().Handshake());
                });
            }
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = kestrel.Limits.MaxConcurrentUpgradedConnections = options.MaxConnections;
            kestrel.Limits.MaxRequestBodySize = options.BodyLimit;
            kestrel.Limits.MaxRequestLineSize = 8 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 64;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
            kestrel.Limits.MinRequestBodyDataRate = kestrel.Limits.MinResponseDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
            // Any byte is a character then, and each header is refused with a problem by whoever reads it.
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
        });
        if (options.Certificate is { } certificate)
            builder.Services.AddSingleton(certificate).AddSingleton<ServerCertificate>();
        builder.Services
            .Configure<HostOptions>(o => o.ShutdownTimeout = Drain)
            .ConfigureHttpJsonOptions(o => Json.Publish(o.SerializerOptions))
            .Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true)
            .AddSingleton<RequestMetrics>()
            .AddSingleton<ISiteReporter>(p => p.GetRequiredService<RequestMetrics>())
            .AddSingleton<SecurityEvents>()
            .AddSingleton<AddressLimits>()
            .Configure<ForwardedHeadersOptions>(forwarded =>
            {
                forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
                forwarded.ForwardLimit = null;
                forwarded.KnownProxies.Clear();
                forwarded.KnownIPNetworks.Clear();
                foreach (var network in options.TrustedProxies)
                    forwarded.KnownIPNetworks.Add(network);
            })
            .AddSingleton(options)
            .AddHostFiltering(hosts => (hosts.AllowedHosts, hosts.AllowEmptyHosts, hosts.IncludeFailureMessage) = ([.. options.AllowedHosts], false, false))
            .AddCors(cors => cors.AddDefaultPolicy(policy => policy.WithOrigins([.. options.CorsOrigins]).AllowCredentials().AllowAnyHeader().AllowAnyMethod()
                .WithExposedHeaders("ETag", "Link", "Location", "Retry-After", "Idempotency-Replayed",
                    "OpsDb-Transaction", "OpsDb-Consistency", "OpsDb-As-Of", DryRuns.Header, "Preference-Applied")))
            .AddApiDocument();
        // The routing would refuse a content type before anybody is asked who is calling; Request<T> does it after that. If this policy has
        // another name one day, the program does not start.
        builder.Services.Remove(builder.Services.Single(s => s.ServiceType == typeof(MatcherPolicy) && s.ImplementationType?.Name == "AcceptsMatcherPolicy"));
        return builder;
    }

    /// <summary>Everything a request passes before its endpoint.</summary>
    public static WebApplication UseWeb(this WebApplication app)
    {
        // Without anybody to trust it would trust everybody.
        if (app.Services.GetRequiredService<WebOptions>().TrustedProxies.Count > 0)
            app.UseForwardedHeaders();
        app.UseMiddleware<RequestTiming>();
        app.UseMiddleware<AnswerHeaders>();
        app.UseMiddleware<HeadRequests>();
        app.UseMiddleware<ProblemAnswers>();
        app.UseAllowedHosts();
        app.UseWebSockets();
        app.UseRouting();
        app.UseCors();
        app.UseMiddleware<Authentication>();
        app.Use(AddressRules.CheckAsync);
        app.UseMiddleware<ActorLimits>();
        app.Use((context, next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<ManyRows>() is not null
                && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
                size.MaxRequestBodySize = context.RequestServices.GetRequiredService<WebOptions>().BulkBodyLimit;
            return next(context);
        });
        app.Use((context, next) =>
        {
            if (context.Request.Query.Count == 0 || context.GetEndpoint() is not RouteEndpoint endpoint || endpoint.Metadata.GetMetadata<ListOf>() is not null)
                return next(context);
            List<string> known = [.. endpoint.Metadata.GetOrderedMetadata<QueryParameters>().SelectMany(q => q.Parameters)];
            if (Sockets.TicketOf(context) is not null)
                known.Add(Sockets.ParameterOf(context));
            var errors = new FieldErrors();
            foreach (var unknown in context.Request.Query.Keys.Except(known))
                errors.Add(unknown, "is not a parameter of this address");
            errors.ThrowIfAny(Problems.MalformedParameter, $"It takes {(known.Count == 0 ? "none" : string.Join(", ", known))}.");
            return next(context);
        });
        app.Use((context, next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<ReadsState>() is not null)
                context.RequestServices.GetRequiredService<IConsistency>().Want(ReadsState.Wanted(context.Request));
            return next(context);
        });
        return app;
    }

    /// <summary>The document, its explorer and the pages on problems; then no endpoint can be added any more, and each has named its permission.</summary>
    public static void MapWeb(this WebApplication app)
    {
        var document = app.Services.GetRequiredService<ServedDocument>();
        app.MapGet("/openapi/v1.json", async (HttpContext context) => await (await document.ReadAsync()).AnswerAsync(context)).IsPublic()
            .ExcludeFromDescription();
        app.MapExplorer();
        ProblemPages.Map(app);
        app.SettleEndpoints();
    }

    /// <summary>A page elsewhere can give its own name this process's address and then read what it answers, unless the name is refused.</summary>
    private static void UseAllowedHosts(this WebApplication app)
    {
        if (app.Services.GetRequiredService<WebOptions>().AllowsAddresses)
            app.UseWhen(context => !IPAddress.TryParse(context.Request.Host.Host, out _), named => named.UseHostFiltering());
        else
            app.UseHostFiltering();
    }

    /// <summary>The explorer as endpoints, so that it has methods as every address.</summary>
    private static void MapExplorer(this WebApplication app)
    {
        var explorer = ((IEndpointRouteBuilder)app).CreateApplicationBuilder()
            // Its files are served only where no endpoint was chosen.
            .Use((context, next) =>
            {
                context.SetEndpoint(null);
                return next(context);
            })
            .UseMiddleware<KeptAnswers>()
            .UseSwaggerUI(ui =>
            {
                ui.RoutePrefix = AnswerHeaders.Explorer[1..];
                ui.SwaggerEndpoint("/openapi/v1.json", "OpsDb data API v1");
            })
            .Build();
        app.MapGet($"{AnswerHeaders.Explorer}/{{**file}}", explorer).IsPublic().ExcludeFromDescription();
    }
}

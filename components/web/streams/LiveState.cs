using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>State that a client can be told of over a live connection, instead of asking for it again and again.</summary>
public static class LiveState
{
    /// <summary>What the address of such a state says of it.</summary>
    public const string About = "With `Accept: text/event-stream` server-sent events, and as a WebSocket messages: the same at once, and again whenever it is "
        + "another, for 5 minutes; then connect again.";

    /// <summary>How often it is looked at.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Tells the state at once, and again when it is another, as long as the connection lasts.</summary>
    /// <param name="read">The state as the caller sees it now, from a source of a request of its own.</param>
    public static async Task<IResult> TellAsync<TSource>(HttpContext context, Func<TSource, CancellationToken, Task<object>> read) where TSource : notnull
    {
        await LiveChannel.RunAsync(context, async (channel, end) =>
        {
            var time = context.RequestServices.GetRequiredService<TimeProvider>();
            for (var (told, heard) = (Array.Empty<byte>(), time.GetTimestamp()); ; await Task.Delay(Pause, time, end))
            {
                await using var scope = context.NewScope();
                var now = Responses.Serialize(await read(scope.ServiceProvider.GetRequiredService<TSource>(), end));
                if (!now.AsSpan().SequenceEqual(told))
                    await channel.TellAsync("state", null, now, end);
                else if (time.GetElapsedTime(heard) >= LiveChannel.Beat)
                    await channel.BeatAsync(end);
                else
                    continue;
                (told, heard) = (now, time.GetTimestamp());
            }
        });
        return Results.Empty;
    }

    /// <summary>A scope in which the caller sees what they see in that of the request, as of now.</summary>
    public static AsyncServiceScope NewScope(this HttpContext context)
    {
        var scope = context.RequestServices.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Sight>().Narrow(context.Principal());
        return scope;
    }
}

using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>
/// Tells users what is kept for them, each of them all at once, by the first way that reaches them. What was sent and could not be noted is sent
/// again: a message comes at least once.
/// </summary>
internal sealed class DeliverNotices(IWaitingNotices waiting, IEnumerable<IMessageChannel> channels) : IJob
{
    internal const int MaxAttempts = 10;

    private const int MaxNotices = 1000, MaxTogether = 50, MaxBody = 50_000;

    public string Name => "notify";

    public string Description => "Delivers messages to users by mail and webhook.";

    public string Schedule => "0 * * * * ?";

    public bool RunsAt(SiteType site) => site == SiteType.Main;

    public async Task<JobResult> RunAsync(CancellationToken ct)
    {
        var notices = await waiting.ListAsync(MaxNotices, ct);
        if (notices.Count > 0 && !channels.Any())
            return new(0) { Reason = $"{notices.Count} messages wait: neither SMTP_HOST nor NOTIFY_WEBHOOK_URL is set" };
        var (done, failures, closed) = (0, new List<string>(), new Dictionary<IMessageChannel, string>());
        foreach (var some in notices.GroupBy(n => n.User).SelectMany(g => g.Chunk(MaxTogether)))
        {
            ct.ThrowIfCancellationRequested();
            var message = MessageOf(some);
            var channel = channels.FirstOrDefault(c => c.Takes(message));
            if (channel is not null && closed.ContainsKey(channel))
                continue;
            try
            {
                if (await SendAsync(message, channel, some, ct) is { } failure)
                    failures.AddRange(Enumerable.Repeat(failure, some.Length));
                else
                    done += some.Length;
            }
            catch (NoAnswerException e)
            {
                closed[channel!] = e.Message;
            }
        }
        var result = JobResult.Of(done, failures);
        return closed.Count == 0 ? result : result with { Waits = true, Reason = string.Join("; ", closed.Values) };
    }

    /// <returns>Why it could not be delivered; null when it was.</returns>
    private async Task<string?> SendAsync(Message message, IMessageChannel? channel, WaitingNotice[] notices, CancellationToken ct)
    {
        long[] ids = [.. notices.Select(n => n.Id)];
        if (channel is null)
            return await FailAsync("no mail address is known");
        try
        {
            await channel.SendAsync(message, ct);
        }
        catch (UndeliverableException e)
        {
            return await FailAsync(e.Message);
        }
        // It is sent: that has to be noted, whoever wants to stop.
        await waiting.DeliveredAsync(ids, CancellationToken.None);
        return null;

        async Task<string> FailAsync(string reason)
        {
            var attempt = notices.Max(n => n.Attempt) + 1;
            await waiting.FailedAsync(ids, reason, attempt >= MaxAttempts ? null : TimeSpan.FromMinutes(Math.Pow(2, attempt)), CancellationToken.None);
            return $"{message.User}: {reason}";
        }
    }

    private static Message MessageOf(WaitingNotice[] notices)
    {
        var first = notices[0];
        var id = FormattableString.Invariant($"{first.Id}-{notices[^1].Id}-{notices.Length}");
        if (notices.Length == 1)
            return new(id, first.User, first.Email, first.Subject, first.Body);
        var body = string.Join("\n\n", notices.Select(n => $"{n.Subject}\n{n.Body}"));
        return new(id, first.User, first.Email, $"{notices.Length} messages: {first.Subject}, and others", body.Length > MaxBody ? body[..MaxBody] : body);
    }
}

using OpsDb.Kernel;

namespace OpsDb.Audit;

/// <summary>Requests that were not let in.</summary>
/// <param name="At">When the latest of them came.</param>
public sealed record Refusal(RefusedRequests Requests, DateTimeOffset At);

/// <summary>Notes requests that were not let in, all of them or none.</summary>
[Critical("audit.record", Deferrable = true)]
public sealed record RecordRefusals(IReadOnlyList<Refusal> Items) : ICommand<int>
{
    internal sealed class Handler(Site site) : ICommandHandler<RecordRefusals, int>
    {
        public Task<Decision<int>> Decide(RecordRefusals command, CancellationToken ct)
        {
            var changes = new Changes();
            foreach (var (requests, at) in command.Items)
            {
                changes.CreateOneOfMany(new AuditEntry
                {
                    Id = Guid.CreateVersion7(at),
                    At = Instant.Round(at),
                    Site = site.Name,
                    UserName = requests.Actor?.User,
                    TokenId = requests.Actor?.Token,
                    Action = "refused",
                    Outcome = AuditOutcome.Refused,
                    Address = requests.Address.Length == 0 ? null : requests.Address,
                    Detail = Json.ToElement(new Detail(requests.Reason, requests.Method, Shown(requests.Path), requests.Trace, requests.Count)),
                });
            }
            return Task.FromResult(new Decision<int>(changes, _ => command.Items.Count));
        }
    }

    /// <summary>What a caller has sent may be no text that can be stored.</summary>
    private static string Shown(string path) => string.Concat(path.Where(c => !char.IsControl(c) && !char.IsSurrogate(c)));

    private sealed record Detail(string Reason, string Method, string Path, string Trace, int Count);
}

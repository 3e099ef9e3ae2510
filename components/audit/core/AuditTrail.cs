using System.Text.Json.Serialization;
using OpsDb.Kernel;

namespace OpsDb.Audit;

/// <summary>An entry for each row of an audited table that a decision concerns.</summary>
internal sealed class AuditTrail(Site site) : IAuditTrail
{
    public Changes Tell(IReadOnlyList<AuditedChange> changes, string action, Submission submission, DateTimeOffset at)
    {
        var told = new Changes();
        foreach (var change in changes)
        {
            told.CreateOneOfMany(new AuditEntry
            {
                Id = Guid.CreateVersion7(at),
                At = at,
                Site = site.Name,
                UserName = submission.Actor.User,
                TokenId = submission.Actor.Token,
                Action = action,
                Outcome = AuditOutcome.Done,
                Target = change.Target,
                Address = submission.Address,
                Detail = Json.ToElement(new Detail(change.Operation, change.Operation == StepOperation.Update ? change.Fields : null)),
            });
        }
        return told;
    }

    private sealed record Detail(
        StepOperation Operation, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Fields);
}

using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Webhooks;

/// <summary>An address of somebody else to which events are posted as they are recorded.</summary>
public sealed record Webhook : Row<int>, IRow<Webhook>
{
    public static Table<Webhook> Table { get; } = new("webhook")
    {
        Deletable = true,
        Audited = true,
        Filters =
        [
            Field.OneOf((Webhook w) => w.Name, "with one of these names"),
            Field.OneOf((Webhook w) => w.Active, "in use or not"),
        ],
        Sorts = [Field.Sort((Webhook w) => w.Name)],
        Patchable = ["url", "entities", "secret_name", "active", "comment"],
    };

    /// <summary>Unique.</summary>
    /// <example>quicklook pipeline</example>
    public required string Name { get; init; }

    /// <summary>Where events are posted: an https address.</summary>
    /// <example>https://pipeline.example.org/opsdb</example>
    public required string Url { get; init; }

    /// <summary>Of which entities, as addresses call them; an empty list for all of which there are events.</summary>
    /// <example>["executions", "raw-data-packages"]</example>
    public required string[] Entities { get; init; }

    /// <summary>The name of the secret with which posts are signed, where the background jobs find it; never the secret.</summary>
    /// <example>pipeline-webhook</example>
    public required string SecretName { get; init; }

    /// <summary>Whether events are kept for it and posted; what happens meanwhile can be posted by a replay.</summary>
    public required bool Active { get; init; }

    /// <summary>What it is for.</summary>
    /// <example>Ask the pipeline group before a change.</example>
    public string? Comment { get; init; }

    /// <summary>From the event with this number on all are to be posted once more; null when none are, or it has begun.</summary>
    /// <example>4711</example>
    public long? ReplayFrom { get; init; }
}

internal sealed class WebhookRules : AbstractValidator<Webhook>
{
    public WebhookRules(IEnumerable<Table> tables)
    {
        var told = tables.Where(t => t.IsTold).Select(t => t.Path).Order(StringComparer.Ordinal).ToList();
        RuleFor(w => w.Name).IsName();
        RuleFor(w => w.Url).Must(u => u.Length is > 0 and <= 2000 && OutgoingHttp.AddressFault(u) is null)
            .WithMessage("is an https address of at most 2000 characters, without a user, a password or a fragment; http only on this machine");
        RuleForEach(w => w.Entities).Must(e => told.Contains(e)).WithMessage($"is one of {string.Join(", ", told)}");
        RuleFor(w => w.Entities).Must(e => e.Length <= told.Count && e.Distinct().Count() == e.Length).WithMessage("names each entity once");
        RuleFor(w => w.SecretName).Must(SecretNames.IsOne).WithMessage(SecretNames.Form);
        RuleFor(w => w.Comment).IsText(1000);
        RuleFor(w => w.ReplayFrom).GreaterThanOrEqualTo(1).WithMessage("is the number of an event");
    }
}

namespace OpsDb.Kernel;

/// <summary>What a problem means to the caller; the web component maps each to one HTTP status.</summary>
public enum ProblemKind
{
    Malformed,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    VersionMismatch,
    VersionRequired,
    TooLarge,
    UnsupportedMediaType,
    Rule,
    TooMany,
    Unavailable,
    Internal,
}

/// <summary>One entry of the catalogue of problems.</summary>
/// <param name="Code">Stable, kebab-case; the last part of the problem type's URI.</param>
/// <param name="Kind">What it means to the caller.</param>
/// <param name="Title">The same sentence at every occurrence.</param>
/// <param name="Remedy">What the caller can do about it.</param>
public sealed record Problem(string Code, ProblemKind Kind, string Title, string Remedy);

/// <summary>A request that cannot be carried out, for a reason the caller can understand.</summary>
/// <param name="problem">The entry of the catalogue.</param>
/// <param name="detail">This occurrence: what is wrong and what to do. Goes to the caller as it is.</param>
/// <param name="cause">What went wrong beneath; for the log alone.</param>
public class DomainException(Problem problem, string detail, Exception? cause = null) : Exception(detail, cause)
{
    public Problem Problem { get; } = problem;

    /// <summary>Messages by field (snake_case, as in the body or the query string).</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; init; } = new Dictionary<string, string[]>();

    /// <summary>The transaction concerned, where one is known.</summary>
    public Guid? Transaction { get; init; }

    /// <summary>When a retry makes sense; zero when it does not.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>A refusal by fields; it tells the first <see cref="FieldErrors.MaxTold"/> of them.</summary>
    public static DomainException Fields(Problem problem, IReadOnlyDictionary<string, string[]> errors)
    {
        var told = new FieldErrors();
        foreach (var (field, messages) in errors)
        {
            foreach (var message in messages)
                told.Add(field, message);
        }
        return told.Refusal(problem);
    }
}

using System.Reflection;

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

/// <summary>The kinds of problem that one component adds to the catalogue.</summary>
public sealed record ProblemSet(IReadOnlyList<Problem> Problems)
{
    /// <summary>Those that are the static fields of a class.</summary>
    public static ProblemSet Of(Type holder) =>
        new([.. holder.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => f.GetValue(null)).OfType<Problem>()]);
}

/// <summary>A request that cannot be carried out, for a reason that the caller can understand.</summary>
public abstract class ProblemException : Exception
{
    private protected ProblemException(Problem problem, string detail, Exception? cause) : base(detail, cause) => Problem = problem;

    public Problem Problem { get; }

    /// <summary>Messages by field (snake_case, as in the body or the query string).</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; init; } = new Dictionary<string, string[]>();

    /// <summary>The transaction concerned, where one is known.</summary>
    public Guid? Transaction { get; init; }

    /// <summary>When a retry makes sense; zero when it does not.</summary>
    public TimeSpan RetryAfter { get; init; }
}

/// <summary>
/// Something that is needed is away or cannot serve now: the same request may be carried out later, and what OpsDb does by itself is tried
/// again.
/// </summary>
public sealed class OutageException : ProblemException
{
    /// <param name="problem">The entry of the catalogue.</param>
    /// <param name="detail">This occurrence: what is away and what to do. Goes to the caller as it is.</param>
    /// <param name="cause">What went wrong beneath; for the log alone.</param>
    public OutageException(Problem problem, string detail, Exception? cause = null) : base(problem, detail, cause)
    {
        if (problem.Kind != ProblemKind.Unavailable)
            throw new ArgumentException($"{problem.Code} is no outage", nameof(problem), this);
    }
}

/// <summary>The request, or the state of what it is about, does not allow it. It is never tried again by itself.</summary>
public class RefusalException : ProblemException
{
    /// <param name="problem">The entry of the catalogue.</param>
    /// <param name="detail">This occurrence: what is wrong and what to do. Goes to the caller as it is.</param>
    /// <param name="cause">What went wrong beneath; for the log alone.</param>
    public RefusalException(Problem problem, string detail, Exception? cause = null) : base(problem, detail, cause)
    {
        if (problem.Kind == ProblemKind.Unavailable)
            throw new ArgumentException($"{problem.Code} is an outage", nameof(problem), this);
    }

    /// <summary>A refusal by fields; it tells the first <see cref="FieldErrors.MaxTold"/> of them.</summary>
    public static RefusalException Fields(Problem problem, IReadOnlyDictionary<string, string[]> errors)
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

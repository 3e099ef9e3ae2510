namespace OpsDb.Chaos;

/// <summary>What a caller knows of a call, in the words of docs/history-format.md.</summary>
internal enum Outcome
{
    /// <summary>Done.</summary>
    Ok,

    /// <summary>Nothing was stored.</summary>
    Refused,

    /// <summary>No answer, or one that does not tell.</summary>
    Unknown,
}

internal static class Outcomes
{
    /// <summary>By the rules of docs/history-format.md.</summary>
    /// <param name="status">0 when there was no answer.</param>
    /// <param name="problem">The code of the problem, if the answer is one.</param>
    /// <param name="mayBeAbsent">A 404 is an answer, not a refusal.</param>
    public static Outcome Of(int status, string? problem, bool mayBeAbsent) => status switch
    {
        >= 200 and < 300 => Outcome.Ok,
        304 => Outcome.Ok,
        404 when mayBeAbsent => Outcome.Ok,
        503 when problem != "outcome-unknown" => Outcome.Refused,
        >= 400 and < 500 => Outcome.Refused,
        _ => Outcome.Unknown,
    };

    public static string Text(this Outcome outcome) => outcome switch
    {
        Outcome.Ok => "ok",
        Outcome.Refused => "refused",
        _ => "unknown",
    };
}

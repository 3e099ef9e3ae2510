namespace OpsDb.Kernel;

/// <summary>The allowed moves between an entity's states, as data.</summary>
public sealed class Transitions<TState>(string subject, IReadOnlyDictionary<TState, TState[]> moves) where TState : struct, Enum
{
    public IReadOnlyList<TState> From(TState state) => moves.GetValueOrDefault(state) ?? [];

    public bool Allows(TState from, TState to) => From(from).Contains(to);

    /// <exception cref="RefusalException">state-conflict, with the present state and the moves it allows.</exception>
    public void Require(TState from, TState to)
    {
        if (Allows(from, to))
            return;
        var allowed = From(from);
        var next = allowed.Count == 0 ? "no move is possible from there" : $"it can become {string.Join(", ", allowed.Select(Name))}";
        throw new RefusalException(Problems.StateConflict, $"The {subject} is {Name(from)} and cannot become {Name(to)}; {next}.");
    }

    private static string Name(TState state) => EnumText.Of(state);
}

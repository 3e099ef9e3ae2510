namespace OpsDb.Kernel;

/// <summary>
/// What the processes of a site remember together, each thing for a short time only: texts by name. What must not be lost has no place here,
/// and nothing of it leaves the site.
/// </summary>
public interface ISiteMemory
{
    /// <summary>Null when there is nothing of that name, or its time is over.</summary>
    /// <exception cref="OutageException">It cannot be reached; so of all that it is asked.</exception>
    Task<string?> FindAsync(string name, CancellationToken ct);

    /// <summary>Remembers a text, instead of what was there.</summary>
    Task SetAsync(string name, string text, TimeSpan life, CancellationToken ct);

    /// <summary>The same if what is there is still this: of several who try at once one succeeds.</summary>
    /// <param name="before">Null for nothing.</param>
    /// <returns>Whether it was.</returns>
    Task<bool> ReplaceAsync(string name, string? before, string text, TimeSpan life, CancellationToken ct);

    /// <summary>Forgets it if what is there is still this.</summary>
    /// <returns>Whether it was.</returns>
    Task<bool> ForgetAsync(string name, string text, CancellationToken ct);

    /// <summary>Reads and forgets it: of several who ask at once one gets it.</summary>
    Task<string?> TakeAsync(string name, CancellationToken ct);
}

/// <summary>The same of one process alone, for want of better: it holds so many names, and forgets all of them when there would be more.</summary>
public sealed class ProcessMemory(TimeProvider time) : ISiteMemory
{
    private const int MaxNames = 100_000;

    private readonly Lock turn = new();
    private readonly Dictionary<string, (string Text, DateTimeOffset End)> texts = [];

    public Task<string?> FindAsync(string name, CancellationToken ct)
    {
        lock (turn)
            return Task.FromResult(Find(name));
    }

    public Task SetAsync(string name, string text, TimeSpan life, CancellationToken ct)
    {
        lock (turn)
            Set(name, text, life);
        return Task.CompletedTask;
    }

    public Task<bool> ReplaceAsync(string name, string? before, string text, TimeSpan life, CancellationToken ct)
    {
        lock (turn)
        {
            if (Find(name) != before)
                return Task.FromResult(false);
            Set(name, text, life);
            return Task.FromResult(true);
        }
    }

    public Task<bool> ForgetAsync(string name, string text, CancellationToken ct)
    {
        lock (turn)
            return Task.FromResult(Find(name) == text && texts.Remove(name));
    }

    public Task<string?> TakeAsync(string name, CancellationToken ct)
    {
        lock (turn)
        {
            var text = Find(name);
            texts.Remove(name);
            return Task.FromResult(text);
        }
    }

    private string? Find(string name) => texts.TryGetValue(name, out var found) && found.End > time.GetUtcNow() ? found.Text : null;

    private void Set(string name, string text, TimeSpan life)
    {
        var now = time.GetUtcNow();
        if (texts.Count >= MaxNames)
        {
            foreach (var (old, _) in texts.Where(t => t.Value.End <= now).ToList())
                texts.Remove(old);
            if (texts.Count >= MaxNames)
                texts.Clear();
        }
        texts[name] = (text, now + life);
    }
}

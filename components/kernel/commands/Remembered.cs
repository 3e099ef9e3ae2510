using System.Collections.Concurrent;

namespace OpsDb.Kernel;

/// <summary>What a process remembers for a short while, so that not every request asks for it; so many at most.</summary>
public sealed class Remembered<T>(int most, TimeProvider time) where T : class
{
    private readonly ConcurrentDictionary<string, (T Value, long At, TimeSpan For)> values = new();

    /// <summary>Whether it is still to be believed.</summary>
    /// <param name="last">What was remembered last, also where it is not; null where nothing was.</param>
    public bool IsFresh(string key, out T? last)
    {
        var isKnown = values.TryGetValue(key, out var entry);
        last = entry.Value;
        return isKnown && time.GetElapsedTime(entry.At) < entry.For;
    }

    public T Keep(string key, T value, TimeSpan duration)
    {
        if (values.Count >= most)
            values.Clear();
        values[key] = (value, time.GetTimestamp(), duration);
        return value;
    }
}

namespace OpsDb.Verify;

internal enum Outcome { Ok, Refused, Unknown }

internal enum CallKind { Other, Write, Read, List, Ask, Sum }

/// <summary>What an answer says of a transaction; what has only got further to a copy counts as applied.</summary>
internal enum Standing { None, Buffered, Applied, Failed, Parked, Duplicate, Discarded }

/// <summary>
/// What a call asks to do with a row. Ensure: it is to be there so, whether it was or not. Each: the call names no row, but what it changes of all.
/// </summary>
internal enum RowAction { Create, Update, Delete, Given, Ensure, Each }

/// <summary>One row that a call asks to write.</summary>
internal sealed class RequestedWrite
{
    public Entity Entity = null!;
    public Guid? Id;
    public RowAction Action;
    public int? Expected;
    public int FromField = -1;
    public long FromValue;

    /// <summary>The fields that it may change.</summary>
    public ulong Touched;

    /// <summary>What they were asked to become.</summary>
    public readonly List<(int Field, long Value)> Set = [];

    /// <summary>What they are in a row that the call makes.</summary>
    public readonly List<(int Field, long Value)> New = [];

    /// <summary>Fields that name the row: no two rows agree in all of them.</summary>
    public readonly List<int> By = [];

    /// <summary>Fields that get the id of the row of another write of the call, by its number.</summary>
    public readonly List<(int Field, int Of)> Refers = [];

    /// <summary>Which rows are meant; for Each.</summary>
    public readonly List<Condition> Where = [];

    /// <summary>More is to be known of it than the rows of the answer tell.</summary>
    public bool IsKept => By.Count > 0 || IsOfMany;

    /// <summary>The answer does not tell the versions that it made.</summary>
    public bool IsOfMany => Action is RowAction.Ensure or RowAction.Each;

    public void Clear()
    {
        (Entity, Id, Action, Expected, FromField, Touched) = (null!, null, RowAction.Update, null, -1, ulong.MaxValue);
        Set.Clear();
        New.Clear();
        By.Clear();
        Refers.Clear();
        Where.Clear();
    }

    public RequestedWrite Copy()
    {
        var copy = new RequestedWrite { Entity = Entity, Id = Id, Action = Action, Touched = Touched };
        copy.Set.AddRange(Set);
        copy.New.AddRange(New);
        copy.By.AddRange(By);
        copy.Refers.AddRange(Refers);
        copy.Where.AddRange(Where);
        return copy;
    }
}

/// <summary>One row as an answer shows it.</summary>
internal sealed class Shown
{
    public Guid Id;
    public int Version;
    public Guid Transaction;

    /// <summary>Where that transaction is, by this answer; None when it does not tell.</summary>
    public Standing Standing;
    public readonly long[] Fields = new long[Entity.MaxFields];

    /// <summary>How many fields the entity had when it was read; those beyond are not logged.</summary>
    public int FieldCount;

    public ReadOnlySpan<long> Logged => Fields.AsSpan(0, FieldCount);

    public void Clear()
    {
        (Id, Version, Transaction, Standing, FieldCount) = (default, 0, default, Standing.None, 0);
        Array.Fill(Fields, Code.Unlogged);
    }
}

/// <summary>A condition of a list: one of some values, or from one value to before another.</summary>
internal sealed record Condition(int Field, IReadOnlyList<long>? OneOf, long From, long Before)
{
    /// <returns>Null when the value is not known.</returns>
    public bool? Holds(ReadOnlySpan<long> fields) => (Field < fields.Length ? fields[Field] : Code.Unlogged) switch
    {
        Code.Unlogged => null,
        var value when OneOf is not null => OneOf.Contains(value),
        Code.Null => false,
        var value => value >= From && value < Before,
    };
}

/// <summary>One line of history.jsonl. The same object is filled for each line.</summary>
internal sealed class Call
{
    public int Line, Client, Process, Site, Operation;
    public long Invoke, Complete;
    public Outcome Outcome;
    public CallKind Kind;
    public Guid? Key;
    public bool Stale;

    public readonly Pool<RequestedWrite> Writes = new();

    public Entity Entity = null!;
    public Guid Id;
    public readonly List<Condition> Filter = [];
    public int SortField;

    /// <summary>The instants between which each row lasts, of a sum; and what was summed, seconds.</summary>
    public int FromField, ToField;

    /// <inheritdoc cref="FromField"/>
    public double? Seconds;

    public bool Descending;

    /// <summary>The transaction that was asked about, or dealt with; none for a list of them.</summary>
    public Guid Asked;

    /// <summary>The answer says all that is known of the transaction asked about.</summary>
    public bool AsksForOne;

    /// <summary>By how much the answer may be older than the call.</summary>
    public long Age;

    /// <summary>What was said of transactions.</summary>
    public readonly List<(Guid Transaction, Standing Standing)> States = [];

    /// <summary>How many failed ones were counted; -1 when they were not.</summary>
    public long Failed;

    public Guid Transaction;
    public int Epoch;
    public long Position;
    public int Pages;
    public bool More, Replayed;
    public long? Total;
    public readonly Pool<Shown> Rows = new();

    /// <summary>What asked for a row of the answer; null when nothing did.</summary>
    public RequestedWrite? WriteOf(int row) => row < Writes.Count ? Writes[row]
        : Writes.Count > 0 && Writes[Writes.Count - 1] is { Action: RowAction.Each } each ? each
        : null;

    public void Clear()
    {
        (Client, Process, Site, Operation) = (-1, -1, -1, -1);
        (Invoke, Complete, Outcome, Kind) = (-1, -1, Outcome.Unknown, CallKind.Other);
        (Key, Stale, Entity, Id, SortField, Descending) = (null, false, null!, default, -1, false);
        (Transaction, Epoch, Position, Pages, More, Total) = (default, -1, -1, 1, false, null);
        (Replayed, Asked, AsksForOne, Age, Failed) = (false, default, false, 0, -1);
        (FromField, ToField, Seconds) = (-1, -1, null);
        States.Clear();
        Writes.Clear();
        Filter.Clear();
        Rows.Clear();
    }
}

/// <summary>A list whose items are used again.</summary>
internal sealed class Pool<T> where T : new()
{
    private readonly List<T> items = [];

    public int Count { get; private set; }

    public T this[int index] => items[index];

    public T Add()
    {
        if (Count == items.Count)
            items.Add(new());
        return items[Count++];
    }

    public void Clear() => Count = 0;
}

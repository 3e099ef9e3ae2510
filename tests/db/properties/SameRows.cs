using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.DbTests.Properties;

/// <summary>Rows are the same when what is in them is: of bytes, lists and JSON a record compares only where they are.</summary>
internal sealed class SameRows : IEqualityComparer<Row>
{
    private static readonly Dictionary<Type, Table> Tables = Entity.All.ToDictionary(e => e.RowType, e => e.Table);

    public static SameRows Comparer { get; } = new();

    public static bool Are(Row? one, Row? other) => one == other || (one is not null && other is not null && one.GetType() == other.GetType()
        && (one.TransactionId, one.Sync) == (other.TransactionId, other.Sync) && JsonElement.DeepEquals(Written(one), Written(other)));

    public bool Equals(Row? x, Row? y) => Are(x, y);

    public int GetHashCode(Row obj) => obj.Key.GetHashCode();

    private static JsonElement Written(Row row) => Tables[row.GetType()].Write(row);
}

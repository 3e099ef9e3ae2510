using System.Buffers.Binary;
using System.Globalization;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// A row's key within its table. UUIDs and whole numbers, which nearly all are, need no object of their own beside each of many
/// pending rows.
/// </summary>
internal readonly record struct RowKey
{
    private readonly UInt128 code;
    private readonly string? text;

    private RowKey(UInt128 code) => this.code = code;

    private RowKey(string text) => this.text = text;

    /// <param name="key">As a step has it.</param>
    public static RowKey Of(Table table, string key) =>
        IsUuid(table) ? new(BinaryPrimitives.ReadUInt128BigEndian(Guid.Parse(key).ToByteArray(bigEndian: true)))
        : IsWhole(table) ? new((UInt128)(ulong)long.Parse(key, CultureInfo.InvariantCulture))
        : new(key);

    /// <summary>The key as a step has it.</summary>
    public string In(Table table)
    {
        if (text is not null)
            return text;
        if (IsWhole(table))
            return ((long)(ulong)code).ToString(CultureInfo.InvariantCulture);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, code);
        return new Guid(bytes, bigEndian: true).ToString();
    }

    private static bool IsUuid(Table table) => table.Key.Type.Type == typeof(Guid);

    private static bool IsWhole(Table table) => table.Key.Type.Type is var type && (type == typeof(int) || type == typeof(long));
}

using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace OpsDb.Verify;

/// <summary>Small numbers in place of texts that come again and again.</summary>
internal sealed class Interner
{
    private readonly Dictionary<ulong, int> numbers = [];
    private readonly List<string> texts = [];

    public int Count => texts.Count;

    public string this[int number] => number < 0 ? "-" : texts[number];

    public int Of(ReadOnlySpan<byte> text)
    {
        var hash = Code.Hash(text);
        if (!numbers.TryGetValue(hash, out var number))
        {
            numbers[hash] = number = texts.Count;
            texts.Add(Encoding.UTF8.GetString(text));
        }
        return number;
    }
}

/// <summary>A kind of rows, and the fields that rows of this kind were seen with.</summary>
internal sealed class Entity(int number, string name)
{
    /// <summary>A row has at most so many fields: one bit each.</summary>
    public const int MaxFields = 64;

    public int Number => number;

    public string Name => name;

    public Interner Fields { get; } = new();

    /// <summary>Fields that hold texts, which have no order here.</summary>
    public ulong Texts { get; set; }

    /// <summary>Fields that every write changes by itself.</summary>
    public ulong Stamps { get; private set; }

    /// <summary>Some call writes rows of this kind, so that each of its rows must have a maker.</summary>
    public bool Written { get; set; }

    /// <summary>Some call writes rows of this kind whose versions its answer does not tell.</summary>
    public bool IsOfMany { get; set; }

    public int Field(ReadOnlySpan<byte> field)
    {
        var index = Fields.Of(field);
        if (index >= MaxFields)
            throw new UnusableException($"{name} has more than {MaxFields} fields");
        if (field.StartsWith("modified_"u8))
            Stamps |= 1UL << index;
        return index;
    }
}

/// <summary>The names that a run uses, each as a number.</summary>
internal sealed class SymbolTable
{
    private readonly Interner entityNames = new();
    private readonly List<Entity> entities = [];
    private readonly Dictionary<Guid, string> shortIds = [];

    public Interner Clients { get; } = new();

    public Interner Processes { get; } = new();

    public Interner Sites { get; } = new();

    public Interner Epochs { get; } = new();

    public Interner Operations { get; } = new();

    public Entity Entity(ReadOnlySpan<byte> name)
    {
        var number = entityNames.Of(name);
        if (number == entities.Count)
            entities.Add(new(number, entityNames[number]));
        return entities[number];
    }

    /// <summary>A row's id, empty for null; what is no UUID is remembered as text for the sentences.</summary>
    public Guid RowId(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return default;
        var id = Code.Id(reader.ValueSpan);
        if (reader.TokenType == JsonTokenType.Number || reader.ValueSpan.Length != 36)
            shortIds.TryAdd(id, Encoding.UTF8.GetString(reader.ValueSpan));
        return id;
    }

    public string Text(Row row) => $"{row.Entity.Name}/{(shortIds.TryGetValue(row.Id, out var text) ? text : row.Id.ToString())}";
}

/// <summary>Values as 64 bits: numbers and instants in their order, texts as a hash.</summary>
internal static class Code
{
    public const long Null = long.MinValue;

    /// <summary>The line does not tell the value.</summary>
    public const long Unlogged = long.MinValue + 1;

    private const ulong Prime = 0x9E3779B97F4A7C15;

    public static Guid Id(ReadOnlySpan<byte> text)
    {
        if (Utf8Parser.TryParse(text, out Guid id, out var read) && read == text.Length)
            return id;
        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(text, digest);
        return new(digest[..16]);
    }

    public static ulong Hash(ReadOnlySpan<byte> text)
    {
        var hash = (ulong)text.Length * Prime;
        for (; text.Length >= 8; text = text[8..])
            hash = Mix(hash ^ BitConverter.ToUInt64(text));
        foreach (var b in text)
            hash = Mix(hash ^ b);
        return hash;
    }

    public static ulong Mix(ulong value)
    {
        value *= Prime;
        return value ^ (value >> 29);
    }

    /// <summary>An id as the value of a field that holds it.</summary>
    public static long Value(Guid id) => Plain(Hash(Encoding.ASCII.GetBytes(id.ToString())));

    /// <summary>The number that a value stands for.</summary>
    public static double Number(long value) => BitConverter.Int64BitsToDouble(value ^ ((value >> 63) & long.MaxValue));

    /// <param name="isText">The value has no order.</param>
    public static long Value(ref Utf8JsonReader reader, out bool isText)
    {
        isText = false;
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return Null;
            case JsonTokenType.True or JsonTokenType.False:
                return reader.TokenType == JsonTokenType.True ? 1 : 0;
            case JsonTokenType.Number:
                var bits = BitConverter.DoubleToInt64Bits(reader.GetDouble() + 0.0);
                return bits ^ ((bits >> 63) & long.MaxValue);
            case JsonTokenType.String when MayBeInstant(reader.ValueSpan) && reader.TryGetDateTimeOffset(out var instant):
                return instant.UtcTicks / TimeSpan.TicksPerMicrosecond;
            case JsonTokenType.String:
                isText = true;
                return Text(ref reader);
            default:
                isText = true;
                return Plain(Compound(ref reader));
        }
    }

    private static bool MayBeInstant(ReadOnlySpan<byte> text) => text.Length is >= 20 and <= 40 && text[4] == '-' && text[10] == 'T';

    private static long Plain(ulong hash) => (long)(hash >> 1);

    private static long Text(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            return Plain(Hash(reader.ValueSpan));
        var rented = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        var hash = Hash(rented.AsSpan(0, reader.CopyString(rented)));
        ArrayPool<byte>.Shared.Return(rented);
        return Plain(hash);
    }

    /// <summary>An object whatever the order of its fields, or an array in its order.</summary>
    private static ulong Compound(ref Utf8JsonReader reader)
    {
        var sum = reader.TokenType == JsonTokenType.StartObject ? 1UL : 2UL;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                sum = Mix(sum ^ (ulong)Value(ref reader, out _));
            return sum;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = Hash(reader.ValueSpan);
            reader.Read();
            sum += Mix(name ^ Mix((ulong)Value(ref reader, out _)));
        }
        return sum;
    }
}

using System.Linq.Expressions;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.ObsUnits;
using OpsDb.Programs;
using OpsDb.RawData;
using OpsDb.Sources;
using OpsDb.Weather;
using Parameters = System.Collections.Generic.IReadOnlyDictionary<string, System.Collections.Generic.IReadOnlyList<string>>;

namespace OpsDb.DbTests.Properties;

/// <summary>A page of any entity.</summary>
internal sealed record Listed(IReadOnlyList<Row> Items, string? Next, long? Total);

/// <summary>What a property needs of an entity: random rows, changes of them, its lists and its SQL.</summary>
internal abstract class Entity
{
    /// <summary>Those that sites write while they are cut off, the catalogue, and made-up ones.</summary>
    public static IReadOnlyList<Entity> All { get; } =
    [
        Of<Execution, Guid>(),
        Of<Source, int>(), Of<ObsUnit, int>(), Of<ObservingProgram, int>(), Of<ObsMode, int>(),
        Of<Observatory, int>(), Of<Telescope, int>(), Of<Instrument, int>(), Of<InstrumentModule, int>(),
        Of<RawDataFile, Guid>(), Of<RawDataPackage, Guid>(),
        Of<InstrumentConfiguration, Guid>(), Of<EnvironmentReading, Guid>(), Of<ExecutedModuleConfiguration, Guid>(),
        Of<UuidProbe, Guid>(isProbe: true), Of<NumberProbe, long>(isProbe: true), Of<TextProbe, string>(isProbe: true),
    ];

    /// <summary>The product has no such tables: the fixture makes them.</summary>
    public static IReadOnlyList<Entity> Probes => [.. All.Where(e => e is { IsProbe: true })];

    protected bool IsProbe { get; init; }

    public abstract Table Table { get; }

    public string Select => $"{ListSql.Select(Table)} order by id";

    public abstract Type RowType { get; }

    /// <summary>The keys of the rows that cases play with; their order as numbers, text or bytes differs.</summary>
    public abstract object Key(int i);

    /// <summary>A row with random facts.</summary>
    public abstract Row Row(object key, Dice dice);

    /// <summary>The row with a few random facts in place of its own.</summary>
    public abstract Row Edit(Row row, Dice dice);

    /// <summary>The row with some of another row's columns.</summary>
    public abstract Row With(Row row, Row other, IEnumerable<string> columns);

    public abstract Changes Create(Row row);

    public abstract Changes Update(Row before, Row after, bool readsTime);

    /// <summary>Parameters of a list as a query string gives them.</summary>
    public abstract Dictionary<string, IReadOnlyList<string>> Query(Dice dice);

    public abstract Task<Row?> FindAsync(IServiceProvider scope, object key);

    public abstract Task<Listed> ListAsync(IServiceProvider scope, Parameters query);

    /// <summary>What a list of these rows is.</summary>
    public abstract Listed List(IEnumerable<Row> rows, Parameters query);

    public abstract int Compare(Row a, Row b, Parameters query);

    public abstract bool Matches(Row row, Parameters query);

    public override string ToString() => Table.Name;

    private static Entity<T> Of<T, K>(bool isProbe = false) where T : Row<K>, IRow<T> where K : notnull => new(
        (p, key) => p.GetRequiredService<IReader<T, K>>().FindAsync((K)key, default), (p, q) => p.GetRequiredService<IReader<T, K>>().ListAsync(q, default))
    { IsProbe = isProbe };
}

/// <inheritdoc />
internal sealed class Entity<T>(Func<IServiceProvider, object, Task<T?>> find, Func<IServiceProvider, ListQuery<T>, Task<Page<T>>> list) : Entity
    where T : Row, IRow<T>
{
    private static readonly PropertyInfo Id = typeof(T).GetProperty("Id")!;

    private static readonly PropertyInfo[] Facts =
        [.. typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite && p.DeclaringType != typeof(Row) && p.Name != Id.Name)];

    public override Table Table => T.Table;

    public override Type RowType => typeof(T);

    public override object Key(int i) => Id.PropertyType switch
    {
        var type when type == typeof(Guid) =>
            new Guid(i % 3 == 0 ? i : int.MinValue + i, (short)(i % 2 == 0 ? i : -i), 0x7000, [(byte)(0x80 + i), 0, 0, 0, 0, 0, 0, (byte)(255 - i)]),
        var type when type == typeof(string) => $"{Values.Texts[i % Values.Texts.Count]}{i}",
        var type when type == typeof(long) => i % 4 == 3 ? long.MinValue + i : 1L + 7 * i,
        _ => i % 4 == 3 ? int.MaxValue - i : 1 + 7 * i,
    };

    public override Row Row(object key, Dice dice)
    {
        var row = Activator.CreateInstance<T>();
        Id.SetValue(row, key);
        foreach (var fact in Facts)
            fact.SetValue(row, Values.Of(fact, dice));
        return row;
    }

    public override Row Edit(Row row, Dice dice)
    {
        var edited = row with { };
        for (var count = 1 + dice.Next(3); count > 0; count--)
        {
            var fact = dice.Of(Facts);
            fact.SetValue(edited, Values.Of(fact, dice));
        }
        return edited;
    }

    public override Row With(Row row, Row other, IEnumerable<string> columns)
    {
        var mixed = row with { };
        foreach (var fact in Facts.Where(f => columns.Contains(Json.SnakeCase(f.Name))))
            fact.SetValue(mixed, fact.GetValue(other));
        return mixed;
    }

    public override Changes Create(Row row) => new Changes().Create((T)row);

    public override Changes Update(Row before, Row after, bool readsTime)
    {
        Expression<Func<T, object?>>[] read = readsTime ? [r => r.ModifiedAt, r => r.CreatedBy] : [];
        return new Changes().Update((T)before, (T)after, read);
    }

    public override Dictionary<string, IReadOnlyList<string>> Query(Dice dice)
    {
        var query = new Dictionary<string, IReadOnlyList<string>>();
        for (var count = dice.Next(3); count > 0; count--)
        {
            var filter = dice.Of(T.Table.Filters);
            query[filter.Parameter] = Values.Parameter(filter, dice);
        }
        var columns = Enumerable.Range(0, dice.Next(4)).Select(_ => dice.Of(
        [
            .. T.Table.Sorts.Select(s => s.Column), "id",
            .. T.Table.Filters.Where(f => query.ContainsKey(f.Parameter)).Select(f => f.SortName).OfType<string>(),
        ])).Distinct();
        var sorts = columns.Select(column => (dice.Once(of: 2) ? "-" : "") + column).ToList();
        if (sorts.Count > 0)
            query["sort"] = [string.Join(',', sorts)];
        if (dice.Next(5) is > 0 and var limit)
            query["limit"] = [$"{limit}"];
        query["count"] = [dice.Once(of: 2) ? "true" : "false"];
        return query;
    }

    public override async Task<Row?> FindAsync(IServiceProvider scope, object key) => await find(scope, key);

    public override async Task<Listed> ListAsync(IServiceProvider scope, Parameters query)
    {
        var page = await list(scope, ListQuery<T>.Parse(query));
        return new(page.Items, page.Next, page.Total);
    }

    public override Listed List(IEnumerable<Row> rows, Parameters query)
    {
        var asked = ListQuery<T>.Parse(query);
        var matching = rows.OfType<T>().Where(asked.Matches).ToList();
        var rest = matching.Where(asked.IsAfterCursor).Order(Comparer<T>.Create(asked.Compare)).ToList();
        var items = rest.Take(asked.Limit).ToList();
        return new(items, rest.Count > items.Count ? asked.CursorAfter(items[^1]) : null, asked.Count ? matching.Count : null);
    }

    public override int Compare(Row a, Row b, Parameters query) => ListQuery<T>.Parse(query).Compare((T)a, (T)b);

    public override bool Matches(Row row, Parameters query) => ListQuery<T>.Parse(query).Matches((T)row);
}

using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Kernel;

/// <summary>Makes filters, sorts, facts and references from a row's properties.</summary>
public static class Field
{
    /// <summary>Equal to one of the values given.</summary>
    public static Filter<T> OneOf<T, V>(Expression<Func<T, V>> property, string description) => new OneOfFilter<T>(Ordered(property), description);

    /// <summary>At or after the value.</summary>
    public static Filter<T> From<T, V>(string parameter, Expression<Func<T, V>> property, string description) =>
        new RangeFilter<T>(parameter, Ordered(property), isBefore: false, description);

    /// <summary>Before the value.</summary>
    public static Filter<T> Before<T, V>(string parameter, Expression<Func<T, V>> property, string description) =>
        new RangeFilter<T>(parameter, Ordered(property), isBefore: true, description);

    /// <summary>There or not: true or false.</summary>
    public static Filter<T> IsSet<T, V>(string parameter, Expression<Func<T, V>> property, string description) =>
        new IsSetFilter<T>(parameter, Column(property), description);

    /// <summary>Text that begins with the value.</summary>
    public static Filter<T> Prefix<T>(string parameter, Expression<Func<T, string?>> property, string description) =>
        new PrefixFilter<T>(parameter, Column(property), description);

    /// <summary>A list with one of the values given in it.</summary>
    public static Filter<T> Has<T, V>(Expression<Func<T, V[]?>> property, string description) => new HasFilter<T>(Column(property), description);

    /// <summary>JSON that contains the value.</summary>
    public static Filter<T> Contains<T>(Expression<Func<T, JsonElement?>> property, string description) => new ContainsFilter<T>(Column(property), description);

    /// <summary>Within an angle of a place on the sky.</summary>
    /// <param name="ra">Right ascension, degrees.</param>
    /// <param name="dec">Declination, degrees.</param>
    public static Filter<T> Cone<T>(string parameter, Expression<Func<T, double?>> ra, Expression<Func<T, double?>> dec, string description) =>
        new ConeFilter<T>(parameter, Column(ra), Column(dec), description);

    public static Sort<T> Sort<T, V>(Expression<Func<T, V>> property)
    {
        var (column, value, isNullable) = (Ordered(property), property.Compile(), MayBeNull(PropertyOf(property)));
        // Without a box for each value, where the type's own order is the one.
        return new(column.Name, column.Type, isNullable, column.Value, typeof(V) is { IsValueType: true, IsEnum: false } && !isNullable
            ? (a, b) => Comparer<V>.Default.Compare(value(a), value(b))
            : (a, b) => Kernel.Sort<T>.CompareAs(column.Type, column.Value(a), column.Value(b)));
    }

    public static Fact<T> Fact<T, V>(Expression<Func<T, V>> property)
    {
        var value = property.Compile();
        return new(ColumnOf(property), row => (DateTimeOffset?)(object?)value(row));
    }

    /// <summary>Rows are seen with that row of another table whose key a column holds.</summary>
    public static SeenWith With<T, V>(Expression<Func<T, V>> property, Table other) => new(ColumnOf(property), other);

    /// <summary>A column whose value is the key of a row of <typeparamref name="TOther"/>.</summary>
    public static Reference<T> Refers<T, TOther, TKey>(Expression<Func<T, TKey>> property) where TOther : Row<TKey>, IRow<TOther> where TKey : notnull
    {
        var value = property.Compile();
        return Refers<T, TOther, TKey>(ColumnOf(property), row => value(row));
    }

    /// <summary>The same of one that may be null.</summary>
    public static Reference<T> Refers<T, TOther, TKey>(Expression<Func<T, TKey?>> property) where TOther : Row<TKey>, IRow<TOther> where TKey : struct
    {
        var value = property.Compile();
        return Refers<T, TOther, TKey>(ColumnOf(property), row => value(row));
    }

    private static Reference<T> Refers<T, TOther, TKey>(string column, Func<T, object?> value) where TOther : Row<TKey>, IRow<TOther> where TKey : notnull =>
        new(column, TOther.Table.Noun, value,
            (services, row, ct) => services.GetRequiredService<IReader<TOther, TKey>>().RequireAsync((TKey)value(row)!, column, ct),
            async (services, keys, ct) =>
            {
                var found = await services.GetRequiredService<IReader<TOther, TKey>>().FindManyAsync([.. keys.Cast<TKey>()], ct);
                return keys.Where(k => !found.ContainsKey((TKey)k)).ToHashSet();
            });

    public static string ColumnOf<T, V>(Expression<Func<T, V>> property) => Json.SnakeCase(PropertyOf(property).Name);

    private static FilterColumn<T> Column<T, V>(Expression<Func<T, V>> property)
    {
        var value = property.Compile();
        return new(ColumnOf(property), ColumnType.Of(PropertyOf(property).PropertyType), row => value(row));
    }

    private static FilterColumn<T> Ordered<T, V>(Expression<Func<T, V>> property) => Column(property) is { Type.IsOrdered: true } ordered
        ? ordered
        : throw new InvalidOperationException($"A list cannot be sorted by {typeof(V)}, or filtered for it.");

    /// <summary>A property that is never null may be given where one is taken that can be.</summary>
    private static PropertyInfo PropertyOf<T, V>(Expression<Func<T, V>> property) =>
        (PropertyInfo)((MemberExpression)(property.Body is UnaryExpression convert ? convert.Operand : property.Body)).Member;

    private static bool MayBeNull(PropertyInfo property) => property.PropertyType.IsValueType
        ? Nullable.GetUnderlyingType(property.PropertyType) is not null
        : new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;
}

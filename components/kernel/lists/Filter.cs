namespace OpsDb.Kernel;

/// <summary>A column that a filter looks at.</summary>
/// <param name="Value">Of a row; null where the column is.</param>
public sealed record FilterColumn<T>(string Name, ColumnType Type, Func<T, object?> Value);

/// <summary>How the query parameter of a filter is written.</summary>
/// <param name="Type">Of a value.</param>
/// <param name="Many">Whether several may be given.</param>
/// <param name="Pattern">Of its text, where the type does not say it.</param>
/// <param name="Hint">A sentence about it.</param>
public sealed record ParameterForm(ColumnType Type, bool Many = false, string? Pattern = null, string? Hint = null);

/// <summary>
/// One filter of a list. The same object reads the query parameter, decides on pending rows, writes the SQL and describes itself, so that
/// these cannot differ; a property test holds them equal. The operators are closed: they are those of Filters.cs. A null matches nothing
/// but <see cref="IsSetFilter{T}"/>.
/// </summary>
public abstract class Filter<T>
{
    /// <summary>How many values may be asked for at once.</summary>
    public const int MaxValues = 200;

    private protected Filter(string parameter, string description, params IReadOnlyList<string> columns) =>
        (Parameter, Description, Columns) = (parameter, description, columns);

    /// <summary>The name of its query parameter.</summary>
    public string Parameter { get; }

    /// <summary>Which rows it leaves, as it follows the word rows.</summary>
    public string Description { get; }

    public IReadOnlyList<string> Columns { get; }

    public abstract ParameterForm Form { get; }

    /// <summary>Parameters that may be given instead, all of them or none: their values with commas between are its own. Empty when there are none.</summary>
    public virtual IReadOnlyList<(string Parameter, ParameterForm Form, string Description)> Parts => [];

    /// <summary>What a list can be sorted by while this filter is asked for; null for nothing.</summary>
    public virtual string? SortName => null;

    /// <summary>What the parameter is, as a refusal says it behind its name.</summary>
    public abstract string Sentence { get; }

    /// <summary>Reads the query parameter.</summary>
    /// <param name="texts">One for each time that it is given.</param>
    /// <returns>Null when it is not what it has to be.</returns>
    public abstract IReadOnlyList<object>? Parse(IReadOnlyList<string> texts);

    public abstract bool Matches(T row, IReadOnlyList<object> values);

    /// <summary>The condition on the table's columns.</summary>
    /// <param name="parameter">Takes a value along; what it returns stands for it in SQL.</param>
    public abstract string Sql(IReadOnlyList<object> values, Func<object, string> parameter);

    /// <summary>The sort of that name.</summary>
    public virtual Sort<T>? SortBy(IReadOnlyList<object> values) => null;

    private protected static IReadOnlyList<object>? Once(ColumnType type, IReadOnlyList<string> texts) =>
        texts is [var text] && type.Parse(text) is { } value ? [value] : null;

    private protected static IReadOnlyList<object>? Several(ColumnType type, IReadOnlyList<string> texts)
    {
        var values = (type.HasNoCommas ? texts.SelectMany(t => t.Split(',')) : texts).Select(type.Parse).ToList();
        return values.Count > MaxValues || values.Contains(null) ? null : [.. values.OfType<object>()];
    }

    private protected static string SeveralOf(ColumnType type) => $"is {type.Sentence}, or up to {MaxValues} of them";
}

using System.Collections.Concurrent;
using FluentValidation;
using FluentValidation.Results;

namespace OpsDb.Kernel;

/// <summary>The validation rules of commands and rows.</summary>
public sealed class RowValidation(IServiceProvider services, FactBounds bounds, TimeProvider time)
{
    private static readonly ConcurrentDictionary<Type, Type> Validators = new();

    /// <summary>Runs the rules registered for the object's type, if any.</summary>
    /// <exception cref="RefusalException">invalid-fields, with messages by field.</exception>
    public void Check(object subject)
    {
        var errors = new FieldErrors();
        Add(errors, Failures(subject));
        errors.ThrowIfAny(Problems.InvalidFields);
    }

    /// <summary>Runs the rules of a row, and compares the facts that it records newly with the bounds.</summary>
    /// <param name="before">
    /// Null for a row that is created. A rule that it has broken already, because the rule is newer than the row, does not
    /// stand in the way of other changes.
    /// </param>
    /// <exception cref="RefusalException">invalid-fields, with messages by field.</exception>
    public void Check(Table table, Row? before, Row after)
    {
        var errors = new FieldErrors();
        Add(errors, "", table, before, after);
        errors.ThrowIfAny(Problems.InvalidFields);
    }

    /// <summary>The same for rows that are created together, and for the commands that they are made of.</summary>
    /// <param name="at">Where in the body a row is.</param>
    /// <exception cref="RefusalException">invalid-fields, with messages by row and field.</exception>
    public void Check<TCommand>(IReadOnlyList<TCommand> commands, Table table, IReadOnlyList<Row> created, Func<int, string> at) where TCommand : notnull
    {
        var errors = new FieldErrors();
        for (var i = 0; i < created.Count; i++)
        {
            Add(errors, Failures(commands[i]), $"{at(i)}.");
            Add(errors, $"{at(i)}.", table, null, created[i]);
        }
        errors.ThrowIfAny(Problems.InvalidFields);
    }

    /// <summary>The same for rows that are created together and have no commands of their own.</summary>
    /// <param name="at">What the name of a row's field begins with.</param>
    /// <exception cref="RefusalException">invalid-fields, with messages by row and field.</exception>
    public void Check(Table table, IReadOnlyList<Row> created, Func<int, string> at)
    {
        var errors = new FieldErrors();
        for (var i = 0; i < created.Count; i++)
            Add(errors, at(i), table, null, created[i]);
        errors.ThrowIfAny(Problems.InvalidFields);
    }

    private void Add(FieldErrors errors, string prefix, Table table, Row? before, Row after)
    {
        var failures = Failures(after);
        if (before is not null && failures.Count > 0)
        {
            var old = Failures(before).Select(Identity).ToHashSet();
            failures = [.. failures.Where(f => !old.Contains(Identity(f)))];
        }
        Add(errors, failures, prefix);
        // A clock that is behind must not refuse what follows from an instant that a clock ahead has given.
        var now = time.GetUtcNow();
        var newest = before is not null && before.ModifiedAt > now ? before.ModifiedAt : now;
        var known = before is null ? null : table.FactsOf(before).ToHashSet();
        foreach (var (column, at) in table.FactsOf(after))
        {
            if (known?.Contains((column, at)) != true && bounds.Fault(at, newest) is { } fault)
                errors.Add(prefix + column, fault);
        }
    }

    private static (string, string, object?) Identity(ValidationFailure failure) => (failure.PropertyName, failure.ErrorMessage, failure.AttemptedValue);

    private static void Add(FieldErrors errors, List<ValidationFailure> failures, string prefix = "")
    {
        foreach (var failure in failures)
            errors.Add(prefix + string.Join('.', failure.PropertyName.Split('.').Select(Json.SnakeCase)), failure.ErrorMessage);
    }

    private List<ValidationFailure> Failures(object subject) =>
        services.GetService(Validators.GetOrAdd(subject.GetType(), type => typeof(IValidator<>).MakeGenericType(type))) is IValidator validator
            ? validator.Validate(new ValidationContext<object>(subject)).Errors
            : [];
}

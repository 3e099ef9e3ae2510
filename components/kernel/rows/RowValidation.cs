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
        var failures = Failures(after);
        if (before is not null && failures.Count > 0)
        {
            var old = Failures(before).Select(Identity).ToHashSet();
            failures = [.. failures.Where(f => !old.Contains(Identity(f)))];
        }
        Add(errors, failures);
        // A clock that is behind must not refuse what follows from an instant that a clock ahead has given.
        var now = time.GetUtcNow();
        var newest = before is not null && before.ModifiedAt > now ? before.ModifiedAt : now;
        var known = before is null ? null : table.FactsOf(before).ToHashSet();
        foreach (var (column, at) in table.FactsOf(after))
        {
            if (known?.Contains((column, at)) != true && bounds.Fault(at, newest) is { } fault)
                errors.Add(column, fault);
        }
        errors.ThrowIfAny(Problems.InvalidFields);
    }

    private static (string, string, object?) Identity(ValidationFailure failure) => (failure.PropertyName, failure.ErrorMessage, failure.AttemptedValue);

    private static void Add(FieldErrors errors, List<ValidationFailure> failures)
    {
        foreach (var failure in failures)
            errors.Add(string.Join('.', failure.PropertyName.Split('.').Select(Json.SnakeCase)), failure.ErrorMessage);
    }

    private List<ValidationFailure> Failures(object subject) =>
        services.GetService(Validators.GetOrAdd(subject.GetType(), type => typeof(IValidator<>).MakeGenericType(type))) is IValidator validator
            ? validator.Validate(new ValidationContext<object>(subject)).Errors
            : [];
}

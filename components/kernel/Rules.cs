using System.Collections.Concurrent;
using FluentValidation;

namespace OpsDb.Kernel;

/// <summary>The validation rules of commands and rows.</summary>
public sealed class Rules(IServiceProvider services)
{
    private static readonly ConcurrentDictionary<Type, Type> Validators = new();

    /// <summary>Runs the rules registered for the object's type, if any.</summary>
    /// <exception cref="DomainException">invalid-fields, with messages by field.</exception>
    public void Check(object subject)
    {
        if (services.GetService(Validators.GetOrAdd(subject.GetType(), type => typeof(IValidator<>).MakeGenericType(type))) is not IValidator validator)
            return;
        var result = validator.Validate(new ValidationContext<object>(subject));
        if (!result.IsValid)
            throw DomainException.Fields(Problems.InvalidFields, result.Errors
                .GroupBy(e => string.Join('.', e.PropertyName.Split('.').Select(Json.SnakeCase)))
                .ToDictionary(g => g.Key, g => g.Select(e => e.ErrorMessage).Distinct().ToArray()));
    }
}

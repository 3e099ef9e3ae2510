using System.Text.Json;

namespace OpsDb.Kernel;

/// <summary>JSON Schema, draft 2020-12, as far as a form of settings needs it: no references to other documents, and none that end in themselves.</summary>
public interface IJsonSchemas
{
    /// <summary>Why nothing can be checked against a schema; null when it can.</summary>
    string? Fault(JsonElement schema);

    /// <summary>Where a value does not fit a schema without a fault.</summary>
    IReadOnlyList<Misfit> Misfits(JsonElement schema, JsonElement value);
}

/// <summary>A place at which a value does not fit its schema.</summary>
/// <param name="Pointer">A JSON pointer (RFC 6901); empty for the whole value.</param>
/// <param name="Message">What is wrong there.</param>
public sealed record Misfit(string Pointer, string Message);

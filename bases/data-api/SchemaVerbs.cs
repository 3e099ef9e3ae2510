using System.CommandLine;
using OpsDb.Cli;
using OpsDb.Database;
using OpsDb.Migrations;

namespace OpsDb.DataApi;

/// <summary>The verbs that make the schema of the main database, and tell of it.</summary>
internal static class SchemaVerbs
{
    public static Command Migrate()
    {
        var script = new Option<bool>("--script") { Description = "Print the SQL that brings any schema version to the newest, and change nothing." };
        return new Command("migrate", "Bring the main database to the newest schema.") { script }.Does(async (result, ct) =>
        {
            if (result.GetValue(script))
            {
                Console.WriteLine(Migrator.Script());
                return;
            }
            var database = DataApiBase.ReadSettings().Database;
            var applied = await Migrator.MigrateAsync(database.Owner, ct);
            Console.WriteLine(applied.Count == 0 ? "The schema is the newest already." : $"Applied {string.Join(", ", applied)}.");
            if (await Migrator.AdviceAsync(database.Owner, database.Role, ct) is { } advice)
                await Console.Error.WriteLineAsync(advice);
        });
    }

    public static Command Partitions()
    {
        var (first, last) = Years.Allowed(TimeProvider.System);
        var to = new Option<int>("--to") { Required = true, Description = $"The last year, at most {last}." }.Between(first, last);
        var from = new Option<int>("--from")
        {
            Description = $"The first year, at least {first}; by default this one.",
            DefaultValueFactory = _ => last - Years.MaxAhead,
        }.Between(first, last);
        var partitions = new Command("partitions", "Make the yearly partitions of the raw data files in the main database.") { from, to };
        partitions.Validators.Add(result =>
        {
            if (result.GetValue(from) > result.GetValue(to))
                result.AddError("--from is no later year than --to.");
        });
        return partitions.Does(async (result, ct) =>
        {
            var years = new Years(result.GetValue(from), result.GetValue(to));
            var made = await Migrator.MakePartitionsAsync(DataApiBase.ReadSettings().Database.Owner, years, ct);
            Console.WriteLine(made.Count == 0 ? $"The partitions of {years} are there already." : $"Made the partitions of {string.Join(", ", made)}.");
        });
    }

    public static Command Schema() => new Command("schema", "Print the schema of the main database as Markdown.").Does((_, ct) =>
        DataApiBase.UseAsync(async (SchemaDocument schema) => Console.Write(await schema.WriteAsync(ct))));
}

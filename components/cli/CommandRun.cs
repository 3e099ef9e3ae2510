using System.CommandLine;
using System.CommandLine.Invocation;

namespace OpsDb.Cli;

/// <summary>Runs a command line: one way of ending for all programs.</summary>
public static class CommandRun
{
    public const int Succeeded = 0, Failed = 1, Misused = 2, TryLater = 75, Cancelled = 130;

    // Long enough to end everything that was started.
    private static readonly TimeSpan TerminationDeadline = TimeSpan.FromSeconds(180);

    private static readonly Dictionary<Type, string> Words = new()
    {
        [typeof(int)] = "a whole number",
        [typeof(long)] = "a whole number",
        [typeof(double)] = "a number",
        [typeof(Guid)] = "a UUID",
        [typeof(bool)] = "true or false",
    };

    /// <summary>
    /// Parses and runs. A failure becomes one message on standard error and exit code 1, a wrong command line 2; with
    /// <c>--trace</c> it is followed by where in the program it arose. SIGINT and SIGTERM cancel the action's token; the program then
    /// ends with 130 if the action gives up.
    /// </summary>
    /// <param name="isExpected">Whether the exception's message says what to do; others are told as a fault of the program.</param>
    public static async Task<int> RunAsync(RootCommand root, string[] args, Func<Exception, bool> isExpected)
    {
        var trace = new Option<bool>("--trace") { Description = "When it fails, also show where in the program.", Recursive = true };
        root.Add(trace);
        ParseResult parsed;
        try
        {
            parsed = root.Parse(args);
        }
        // The check of a value asked for one that has not the form of its type.
        catch (InvalidOperationException e)
        {
            return await RefuseAsync([e.Message]);
        }
        if (parsed.Action is ParseErrorAction && parsed.CommandResult.Command.Action is not null)
            return await RefuseAsync(parsed.Errors.Select(e => e.Message));
        try
        {
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TerminationDeadline };
            return await parsed.InvokeAsync(configuration);
        }
        // A call that took too long looks like one that was cancelled.
        catch (OperationCanceledException e) when (e.InnerException is not TimeoutException)
        {
            return Cancelled;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync(isExpected(e) ? Sentence(e.Message, e) : $"{Sentence(OneLine(e.Message), e)} (--trace shows where)");
            if (parsed.GetValue(trace))
                await Console.Error.WriteLineAsync(e.ToString());
            return Failed;
        }
    }

    /// <summary>Sets what the command does; it succeeds unless it throws.</summary>
    public static TCommand Does<TCommand>(this TCommand command, Func<ParseResult, CancellationToken, Task> action)
        where TCommand : Command
    {
        command.SetAction(async (result, ct) =>
        {
            await action(result, ct);
            return Succeeded;
        });
        return command;
    }

    private static async Task<int> RefuseAsync(IEnumerable<string> mistakes)
    {
        foreach (var mistake in mistakes)
        {
            var text = Words.Aggregate(OneLine(mistake), (text, word) => text.Replace($"type '{word.Key}'", word.Value, StringComparison.Ordinal));
            await Console.Error.WriteLineAsync(text);
        }
        return Misused;
    }

    /// <summary>What happened, and what is at the bottom of it unless that was said.</summary>
    private static string Sentence(string message, Exception e)
    {
        var cause = OneLine(e.GetBaseException().Message);
        return message.Contains(cause, StringComparison.Ordinal) ? message : $"{message.TrimEnd('.')}: {cause}";
    }

    private static string OneLine(string text) => string.Join(' ', text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}

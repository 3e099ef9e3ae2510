using System.CommandLine;

namespace OpsDb.Cli;

/// <summary>Runs a command line: one way of ending for all programs.</summary>
public static class CommandRun
{
    public const int Succeeded = 0, Failed = 1, Cancelled = 130;

    // Long enough to end everything that was started.
    private static readonly TimeSpan TerminationDeadline = TimeSpan.FromSeconds(180);

    /// <summary>
    /// Parses and runs. An expected exception becomes its message on standard error and exit code 1; others are a bug and keep
    /// their trace. SIGINT and SIGTERM cancel the action's token; the program then ends with 130 if the action gives up.
    /// </summary>
    public static async Task<int> RunAsync(RootCommand root, string[] args, Func<Exception, bool> isExpected)
    {
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TerminationDeadline };
        try
        {
            return await root.Parse(args).InvokeAsync(configuration);
        }
        catch (OperationCanceledException)
        {
            return Cancelled;
        }
        catch (Exception e) when (isExpected(e))
        {
            await Console.Error.WriteLineAsync(e.Message);
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
}

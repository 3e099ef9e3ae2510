using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>The handlers of resources that are created, read and patched, and have integer keys.</summary>
public static class Handle
{
    // Delegates and not methods: the analyzer of route handlers fails on generic methods of another assembly.

    /// <summary>The body is the command.</summary>
    public static Delegate Create<TCommand, T>() where TCommand : ICommand<T> where T : Row =>
        async (Request<TCommand> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        {
            var receipt = await commands.SubmitAsync<T>(request.Body, request.Submission, ct);
            return Answer.Created(context, receipt, $"{context.Request.Path.Value!.TrimEnd('/')}/{Table.KeyText(receipt.Result.Key)}");
        };

    public static Delegate List<TReader, T>() where TReader : class, IReader<T> where T : Row, IRow<T> =>
        async (TReader rows, HttpContext context, CancellationToken ct) => Answer.List(context, await rows.ListAsync(Answer.Query<T>(context), ct));

    public static Delegate Get<TReader, T>() where TReader : class, IReader<T> where T : Row, IRow<T> =>
        async (int id, TReader rows, HttpContext context, CancellationToken ct) => Answer.Found(context, await rows.FindAsync(id, ct));

    /// <param name="command">Makes the command from the id and the patch.</param>
    public static Delegate Change<T>(Func<int, MergePatch<T>, ICommand<T>> command) where T : Row, IRow<T> =>
        async (int id, Request<JsonElement> request, ICommands commands, HttpContext context, CancellationToken ct) =>
            Answer.Changed(context, await commands.SubmitAsync(command(id, new(request.Body)), request.Submission, ct));
}

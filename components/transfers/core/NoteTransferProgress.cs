using OpsDb.Kernel;

namespace OpsDb.Transfers;

/// <summary>A worker tells how far it is with a transfer.</summary>
/// <param name="CopiedBytes">So far, bytes.</param>
/// <param name="BytesPerSecond">In the last while.</param>
/// <param name="ExpectedEndAt">When it will be done, if it stays so fast; null when nobody can tell.</param>
[Kind("data_transfers.progress")]
public sealed record NoteTransferProgress(Guid Id, long CopiedBytes, long BytesPerSecond, DateTimeOffset? ExpectedEndAt) : ICommand<DataTransfer>
{
    internal sealed class Handler(IReader<DataTransfer, Guid> transfers) : ICommandHandler<NoteTransferProgress, DataTransfer>
    {
        public async Task<Decision<DataTransfer>> Decide(NoteTransferProgress command, CancellationToken ct)
        {
            var transfer = await transfers.GetAsync(command.Id, ct);
            if (transfer.Status != WorkStatus.InProgress)
                throw new RefusalException(Problems.StateConflict, $"The data transfer is {EnumText.Of(transfer.Status)}.");
            return Decision.Update(transfer, transfer with
            {
                CopiedBytes = command.CopiedBytes,
                BytesPerSecond = command.BytesPerSecond,
                ExpectedEndAt = command.ExpectedEndAt,
            }, t => t.Status);
        }
    }
}

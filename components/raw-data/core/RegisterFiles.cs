using System.Text.Json.Serialization;
using OpsDb.Kernel;

namespace OpsDb.RawData;

/// <summary>Instruments have written files: all of them become known, or none. Must never be lost.</summary>
/// <param name="Items">1 to 100,000 files.</param>
[Critical("raw_data_files.create_many")]
public sealed record RegisterFiles(IReadOnlyList<RegisterFile> Items) : ICommand<RegisteredFiles>
{
    /// <summary>What a refusal calls the list; nothing where it is the whole body.</summary>
    [JsonIgnore]
    public string Called { get; init; } = "items";

    internal sealed class Handler(FileRegistration registration, TimeProvider time) : ICommandHandler<RegisterFiles, RegisteredFiles>
    {
        public async Task<Decision<RegisteredFiles>> Decide(RegisterFiles command, CancellationToken ct)
        {
            FileRegistration.RequireCount(command.Called, command.Items.Count);
            var (now, changes) = (time.GetUtcNow(), new Changes());
            List<RawDataFile> files = [.. command.Items.Select(i => i.ToRow(now))];
            await registration.RequireReferencesAsync(files, At, ct);
            var known = await registration.AddAsync(changes, files, At, null, ct);
            var registered = new RegisteredFiles(files.Count, known.Count, [.. files.Select(f => f.Id)], null);
            return new(changes, _ => registered);

            string At(int index) => $"{command.Called}[{index}].";
        }
    }
}

/// <summary>What became of files that were registered together.</summary>
/// <param name="Count">How many the request named.</param>
/// <param name="Known">How many of them were there before, with the same content.</param>
/// <param name="Ids">Of the files, in the order of the request.</param>
/// <param name="Package">The package that they are in, if they were given one.</param>
public sealed record RegisteredFiles(int Count, int Known, IReadOnlyList<Guid> Ids, Guid? Package);

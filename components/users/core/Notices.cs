using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>Something that a user is told outside of OpsDb, by mail or a webhook.</summary>
/// <param name="About">What it is about; the same is told once, however often it is added.</param>
/// <param name="User">Who is told.</param>
/// <param name="Subject">One line, 200 characters at most.</param>
/// <param name="Body">The rest, as plain text of 4000 characters at most, without anything secret.</param>
public sealed record Notice(string About, string User, string Subject, string Body);

/// <summary>Keeps what users are to be told until somebody delivers it.</summary>
public interface INotices
{
    /// <returns>How many of them are new.</returns>
    /// <exception cref="OutageException">main-unreachable.</exception>
    Task<int> AddAsync(IReadOnlyCollection<Notice> notices, CancellationToken ct);
}

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

/// <summary>A notice that is to be delivered now.</summary>
/// <param name="Email">Where mail reaches the user; null when it reaches them nowhere.</param>
/// <param name="Attempt">How often it was tried.</param>
public sealed record WaitingNotice(long Id, string User, string? Email, string Subject, string Body, int Attempt);

/// <summary>The notices that wait.</summary>
public interface IWaitingNotices
{
    /// <summary>Those of users who are not disabled whose time has come, the oldest first.</summary>
    /// <exception cref="OutageException">main-unreachable; so of all others.</exception>
    Task<IReadOnlyList<WaitingNotice>> ListAsync(int most, CancellationToken ct);

    Task DeliveredAsync(IReadOnlyCollection<long> notices, CancellationToken ct);

    /// <summary>They could not be delivered: they wait for longer each time.</summary>
    /// <param name="again">In how much time they are tried again; null for never.</param>
    Task FailedAsync(IReadOnlyCollection<long> notices, string reason, TimeSpan? again, CancellationToken ct);
}

/// <summary>What one user is told at once.</summary>
/// <param name="Id">The same whenever the same is sent again, so that a receiver can tell.</param>
public sealed record Message(string Id, string User, string? Email, string Subject, string Body);

/// <summary>A way on which messages reach users.</summary>
public interface IMessageChannel
{
    /// <summary>Whether a message can go this way.</summary>
    bool Takes(Message message);

    /// <exception cref="NoAnswerException">The way is closed: nothing can go there now.</exception>
    /// <exception cref="UndeliverableException">This message was refused.</exception>
    Task SendAsync(Message message, CancellationToken ct);
}

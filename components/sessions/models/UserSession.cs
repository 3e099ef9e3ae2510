using FluentValidation;
using OpsDb.Kernel;
using OpsDb.Users;

namespace OpsDb.Sessions;

/// <summary>How somebody has shown who they are.</summary>
public enum SignInMethod
{
    /// <summary>By a passphrase that OpsDb keeps.</summary>
    Local,

    /// <summary>At GitHub.</summary>
    Github,

    /// <summary>At the provider of identities.</summary>
    Oidc,
}

/// <summary>Why a session was ended.</summary>
public enum SessionEnd
{
    /// <summary>Its user has signed out.</summary>
    SignedOut,

    /// <summary>Its user, or somebody who manages users, has ended it from elsewhere.</summary>
    Revoked,

    /// <summary>In the same browser somebody has signed in anew.</summary>
    Replaced,

    /// <summary>The passphrase of its user was changed.</summary>
    PassphraseChanged,
}

/// <summary>That somebody has signed in, in one browser. It ends by itself at <see cref="ExpiresAt"/>, and when it is not used for a time.</summary>
public sealed record UserSession : Row<Guid>, IRow<UserSession>
{
    /// <summary>What everybody may do who has signed in: see to their own sessions, passphrase and codes, and open sockets.</summary>
    public const string OwnAccount = "own:account";

    public static Table<UserSession> Table { get; } = new("user_session")
    {
        Audited = true,
        Noun = "session",
        Resource = "sessions",
        Filters =
        [
            Field.OneOf((UserSession s) => s.UserName, "of these users"),
            Field.OneOf((UserSession s) => s.Method, "begun so"),
            Field.IsSet("ended", (UserSession s) => s.EndedAt, "that were ended or not"),
            Field.From("expires_from", (UserSession s) => s.ExpiresAt, "that expire at or after"),
        ],
        Sorts = [Field.Sort((UserSession s) => s.SignedInAt), Field.Sort((UserSession s) => s.UserName)],
    };

    /// <summary>Characters that are kept of what a browser says that it is.</summary>
    public const int MaxUserAgent = 200;

    /// <summary>Whose it is.</summary>
    /// <example>observer</example>
    public required string UserName { get; init; }

    /// <summary>HMAC-SHA256 of the cookie under the installation's key, hexadecimal.</summary>
    [Private]
    public required string SecretHash { get; init; }

    /// <summary>How the user has shown who they are.</summary>
    /// <example>local</example>
    public required SignInMethod Method { get; init; }

    /// <summary>From where.</summary>
    /// <example>192.0.2.7</example>
    public string? Address { get; init; }

    /// <summary>What the browser says that it is, its beginning.</summary>
    /// <example>Mozilla/5.0 (X11; Linux x86_64; rv:128.0)</example>
    public string? UserAgent { get; init; }

    /// <summary>When, UTC.</summary>
    public required DateTimeOffset SignedInAt { get; init; }

    /// <summary>When it ends at the latest, UTC.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When somebody has ended it, UTC; null while nobody has.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why.</summary>
    /// <example>signed_out</example>
    public SessionEnd? EndedReason { get; init; }
}

internal sealed class UserSessionRules : AbstractValidator<UserSession>
{
    public UserSessionRules()
    {
        RuleFor(s => s.UserName).IsUserName();
        RuleFor(s => s.Method).IsInEnum();
        RuleFor(s => s.UserAgent).IsText(UserSession.MaxUserAgent);
        RuleFor(s => s.ExpiresAt).GreaterThan(s => s.SignedInAt).WithMessage("is after signed_in_at");
        RuleFor(s => s.EndedReason).NotNull().When(s => s.EndedAt is not null).WithMessage("says why it was ended");
    }
}

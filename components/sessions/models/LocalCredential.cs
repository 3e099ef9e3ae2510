using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Sessions;

/// <summary>With what a user signs in at OpsDb itself, which works while a site is cut off: a passphrase and, where the user wants it, codes by time.</summary>
public sealed record LocalCredential : Row<int>, IRow<LocalCredential>
{
    public static Table<LocalCredential> Table { get; } = new("local_credential") { Audited = true, Noun = "passphrase", Resource = "credentials" };

    /// <summary>Argon2id, see <see cref="Sessions.PassphraseHash"/>.</summary>
    [Private]
    public required string PassphraseHash { get; init; }

    /// <summary>When the passphrase was set last, UTC.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>What the codes are made of, see <see cref="Totp"/>; null where there are none.</summary>
    public Sealed? TotpSecret { get; init; }

    /// <summary>Since when codes are asked for, UTC; null where they are not.</summary>
    public DateTimeOffset? TotpConfirmedAt { get; init; }

    /// <summary>Where the secret is kept, so that it opens nowhere else.</summary>
    internal static string TotpContext(int user) => $"local_credential/totp_secret/{user}";
}

internal sealed class LocalCredentialRules : AbstractValidator<LocalCredential>
{
    public LocalCredentialRules()
    {
        RuleFor(c => c.PassphraseHash).Must(h => Sessions.PassphraseHash.Parse(h) is not null).WithMessage("is an Argon2id hash");
        RuleFor(c => c.TotpSecret).NotNull().When(c => c.TotpConfirmedAt is not null).WithMessage("is there where codes are asked for");
    }
}

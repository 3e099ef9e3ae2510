using OpsDb.Kernel;
using static OpsDb.Kernel.ProblemKind;

namespace OpsDb.Sessions;

/// <summary>What signing in is refused with.</summary>
public static class SessionProblems
{
    public static readonly Problem SessionOver = new("session-over", Unauthenticated, "The session is over, or not known", "Sign in again.");
    public static readonly Problem SignInRefused = new("sign-in-refused", Unauthenticated, "Name, passphrase or code are not right",
        "Check them and try again; whoever manages users can set another passphrase, and take the codes away.");
    public static readonly Problem TotpNeeded = new("totp-needed", Unauthenticated, "A code is needed besides the passphrase",
        "Send the six digits that the telephone shows as totp.");
    public static readonly Problem SignInThrottled = new("sign-in-throttled", TooMany, "There were too many attempts from this address",
        "Wait as long as Retry-After says. From another address the right passphrase is taken.");
    public static readonly Problem SignInBusy = new("sign-in-busy", Unavailable, "Too many are signing in at once", "Try again in a few seconds.");
    public static readonly Problem ProviderRefused = new("provider-refused", Unauthenticated, "The sign-in at the provider did not succeed",
        "Begin anew; the detail says what the matter is.");
    public static readonly Problem ProviderUnreachable = new("provider-unreachable", Unavailable, "The provider of identities cannot be reached",
        "Sign in with a passphrase of OpsDb, or later.");
    public static readonly Problem TicketUnknown = new("ticket-unknown", Unauthenticated, "The ticket is not known",
        "Ask for another one by POST /api/v1/tickets: each is good for one socket, within 30 s.");
}

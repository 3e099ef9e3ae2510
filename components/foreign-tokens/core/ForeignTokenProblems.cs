using OpsDb.Kernel;
using static OpsDb.Kernel.ProblemKind;

namespace OpsDb.ForeignTokens;

/// <summary>What tokens of an identity provider are refused with.</summary>
public static class ForeignTokenProblems
{
    public static readonly Problem NotAccepted = new("token-not-accepted", Unauthenticated, "The identity provider's token is not accepted",
        "Get a new access token for this API from the identity provider; the detail says what is wrong with this one.");
    public static readonly Problem AccountUnknown = new("account-unknown", Unauthenticated, "The account belongs to no user",
        "Ask an administrator to link the account to a user (POST /api/v1/user-identities).");
    public static readonly Problem ProviderUnreachable = new("identity-provider-unreachable", Unavailable, "The identity provider cannot be asked",
        "Repeat the request later, or use a token of OpsDb.");
}

using OpsDb.Kernel;
using static OpsDb.Kernel.ProblemKind;

namespace OpsDb.Users;

/// <summary>What users of identity providers are refused with.</summary>
public static class UsersProblems
{
    public static readonly Problem UserNotLinked = new("user-not-linked", Forbidden, "The name belongs to a user who is not linked to this account",
        "Ask an administrator to link the account to the user (POST /api/v1/user-identities), or to give it another name at the identity provider.");
}

namespace OpsDb.Kernel;

/// <summary>Recognises bearer tokens that OpsDb has not made.</summary>
public interface IForeignAuthenticator
{
    /// <returns>Null when it is no token of a kind that is taken here.</returns>
    /// <exception cref="TokenRefusedException">It is one, and is not accepted.</exception>
    /// <exception cref="OutageException">Whoever has to be asked about it is away.</exception>
    Task<Principal?> AuthenticateAsync(string token, CancellationToken ct);
}

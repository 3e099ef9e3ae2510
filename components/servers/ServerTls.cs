namespace OpsDb.Servers;

/// <summary>What a server needs to answer with TLS, as PEM texts. It then takes no plain connection.</summary>
/// <param name="Certificate">The server's certificate.</param>
/// <param name="Key">Its key.</param>
/// <param name="Authority">The certificate of the authority that signs those of clients.</param>
public sealed record ServerTls(string Certificate, string Key, string Authority)
{
    /// <summary>No key, whoever prints it.</summary>
    public override string ToString() => nameof(ServerTls);
}

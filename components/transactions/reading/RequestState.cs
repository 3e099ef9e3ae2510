using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>One request: what it demands, what it reads through now, and what its answer tells. One per scope.</summary>
internal sealed class RequestState(Overlay overlay, Site site) : IConsistency
{
    public ReadDemand Demand { get; private set; } = ReadDemand.Newest;

    public DecisionScope Scope { get; private set; } = new(ReadPurpose.Answer, overlay, site);

    public ServedState Served { get; } = new(site);

    public Consistency? Current => Served.Describe(Scope);

    public void Want(Freshness freshness) => Demand = ReadDemand.Of(freshness);

    /// <summary>Begins an attempt of a decision: what is read from now on belongs to it.</summary>
    public DecisionScope Begin(ReadPurpose purpose, bool refresh = true) => Scope = new(purpose, overlay, site, refresh);
}

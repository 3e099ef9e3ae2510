namespace OpsDb.Stack;

/// <summary>The ports of a stack, all counted from one base.</summary>
internal sealed record StackPorts(int Base)
{
    public int MainApi => Base;

    public int ObservatoryApi => Base + 1;

    public int Primary => Base + 20;

    public int Replica => Base + 21;

    public int Redis => Base + 22;

    public int Link => Base + 23;

    public int LinkControl => Base + 24;

    /// <summary>Of the S3 service, which has this and the next two.</summary>
    public int Objects => Base + 25;

    public int Mail => Base + 28;

    /// <summary>Those at which something will be started; servers that run elsewhere take none.</summary>
    public IEnumerable<(int Port, string Purpose)> Needed(OutsideServers outside)
    {
        yield return (MainApi, "main data API");
        yield return (ObservatoryApi, "observatory data API");
        if (outside.Primary is null)
            yield return (Primary, "primary");
        if (outside.Replica is null)
            yield return (Replica, "replica");
        if (outside.Redis is null)
            yield return (Redis, "Redis");
        yield return (Link, "relay");
        yield return (LinkControl, "relay control");
        for (var port = Objects; port < Mail; port++)
            yield return (port, "S3 service");
        yield return (Mail, "mail");
    }
}

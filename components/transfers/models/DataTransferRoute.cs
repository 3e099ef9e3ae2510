using System.Text.Json;
using FluentValidation;
using OpsDb.Kernel;
using Site = OpsDb.Locations.Site;

namespace OpsDb.Transfers;

/// <summary>How a route leads from one site to another.</summary>
public enum RouteType
{
    /// <summary>From the buffer of the one site to the destination at the other.</summary>
    Direct,

    /// <summary>By way of a third site.</summary>
    Relay,

    /// <summary>From one named location to another.</summary>
    Custom,
}

/// <summary>A way that data take from one site to another.</summary>
public sealed record DataTransferRoute : Row<int>, IRow<DataTransferRoute>
{
    public static Table<DataTransferRoute> Table { get; } = new("data_transfer_route")
    {
        Deletable = true,
        Filters =
        [
            Field.OneOf((DataTransferRoute r) => r.Name, "with one of these names"),
            Field.OneOf((DataTransferRoute r) => r.OriginSiteId, "from these sites"),
            Field.OneOf((DataTransferRoute r) => r.DestinationSiteId, "to these sites"),
            Field.OneOf((DataTransferRoute r) => r.RouteType, "of one of these types"),
            Field.OneOf((DataTransferRoute r) => r.Active, "in use or not"),
        ],
        Sorts = [Field.Sort((DataTransferRoute r) => r.Name), Field.Sort((DataTransferRoute r) => r.Priority)],
        References =
        [
            Field.Refers<DataTransferRoute, Site, int>(r => r.OriginSiteId),
            Field.Refers<DataTransferRoute, Site, int>(r => r.DestinationSiteId),
        ],
        Patchable = ["name", "method", "priority", "max_parallel", "bandwidth", "active"],
    };

    /// <summary>Unique.</summary>
    /// <example>summit_to_valley</example>
    public required string Name { get; init; }

    /// <summary>Where it begins.</summary>
    /// <example>1</example>
    public required int OriginSiteId { get; init; }

    /// <summary>Where it ends.</summary>
    /// <example>2</example>
    public required int DestinationSiteId { get; init; }

    /// <summary>How it leads there.</summary>
    /// <example>direct</example>
    public required RouteType RouteType { get; init; }

    /// <summary>The program or protocol that copies, in the words of the workers.</summary>
    /// <example>bbcp</example>
    public required string Method { get; init; }

    /// <summary>Of a relay: the site between.</summary>
    public int? RelaySiteId { get; init; }

    /// <summary>Of a custom route: the location where it begins.</summary>
    public int? OriginLocationId { get; init; }

    /// <summary>Of a custom route: the location where it ends.</summary>
    public int? DestinationLocationId { get; init; }

    /// <summary>Of several between the same sites the one with the lowest number is used first.</summary>
    /// <example>10</example>
    public required int Priority { get; init; }

    /// <summary>How many transfers may be under way on it at once.</summary>
    /// <example>2</example>
    public required int MaxParallel { get; init; }

    /// <summary>
    /// How much each process that works on it may carry at once: an array of objects with <c>from_hour</c> and <c>to_hour</c> (whole hours of UTC, over
    /// midnight when the first is the later) and <c>bytes_per_second</c>, of which the first counts whose hours fit; null for as much as it can.
    /// </summary>
    /// <example>[{"from_hour": 22, "to_hour": 6, "bytes_per_second": 50000000}]</example>
    public JsonElement? Bandwidth { get; init; }

    /// <summary>In use; nothing new is sent on one that is not.</summary>
    /// <example>true</example>
    public required bool Active { get; init; }
}

internal sealed class DataTransferRouteRules : AbstractValidator<DataTransferRoute>
{
    public DataTransferRouteRules()
    {
        RuleFor(r => r.Name).Matches("^[a-z][a-z0-9_]{0,62}$").WithMessage("has 1 to 63 lower-case letters, digits and underscores, a letter first");
        RuleFor(r => r.Method).IsName();
        RuleFor(r => r.RouteType).IsInEnum();
        RuleFor(r => r.DestinationSiteId).NotEqual(r => r.OriginSiteId).WithMessage("is another site than the origin");
        RuleFor(r => r.RelaySiteId).NotNull().When(r => r.RouteType == RouteType.Relay).WithMessage("is needed for a relay");
        RuleFor(r => r.RelaySiteId).Null().When(r => r.RouteType != RouteType.Relay).WithMessage("is for a relay");
        RuleFor(r => r.RelaySiteId).Must((r, relay) => relay != r.OriginSiteId && relay != r.DestinationSiteId).When(r => r.RelaySiteId is not null)
            .WithMessage("is another site than origin and destination");
        RuleFor(r => r.OriginLocationId).NotNull().When(r => r.RouteType == RouteType.Custom).WithMessage("is needed for a custom route");
        RuleFor(r => r.DestinationLocationId).NotNull().When(r => r.RouteType == RouteType.Custom).WithMessage("is needed for a custom route");
        RuleFor(r => r.OriginLocationId).Null().When(r => r.RouteType != RouteType.Custom).WithMessage("is for a custom route");
        RuleFor(r => r.DestinationLocationId).Null().When(r => r.RouteType != RouteType.Custom).WithMessage("is for a custom route");
        RuleFor(r => r.Priority).InclusiveBetween(0, 1000).WithMessage("is 0 to 1000, the lower the sooner");
        RuleFor(r => r.Bandwidth).Must(Transfers.Bandwidth.IsRight).WithMessage(Transfers.Bandwidth.Form);
        RuleFor(r => r.MaxParallel).InclusiveBetween(1, 1000).WithMessage("is 1 to 1000");
    }
}

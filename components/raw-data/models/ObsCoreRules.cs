using System.Text.RegularExpressions;
using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.RawData;

internal sealed partial class ObsCoreRules : AbstractValidator<ObsCoreRecord>
{
    private const int MaxText = 2000;

    public ObsCoreRules()
    {
        RuleFor(r => r.DataproductType).IsInEnum();
        RuleFor(r => r.CalibLevel).InclusiveBetween(0, 4).WithMessage("is a level from 0 to 4");
        RuleFor(r => r.ObsCollection).IsName();
        RuleFor(r => r.ObsId).IsName();
        RuleFor(r => r.ObsPublisherDid).IsText(MaxText).Must(did => did is not null && Ivoid().IsMatch(did))
            .WithMessage("is an IVOA identifier like ivo://example.org/raw?7");
        RuleFor(r => r.AccessUrl).IsText(MaxText).Must(url => url is null || Address().IsMatch(url))
            .WithMessage("is an address that begins with https:// or http://");
        RuleFor(r => r.AccessFormat).IsName();
        RuleFor(r => r.AccessEstsize).GreaterThanOrEqualTo(0).WithMessage("is in kbyte, 0 or more");
        RuleFor(r => r.TargetName).IsName();
        RuleFor(r => r.SRegion).IsText(10_000);
        RuleFor(r => r.OUcd).IsName();
        RuleFor(r => r.PolStates).Must(states => states is null || Polarizations().IsMatch(states))
            .WithMessage("is a list like /I/Q/U/V/, with a slash before and behind each of I, Q, U, V, RR, LL, RL, LR, XX, YY, XY, YX, POLI and POLA");
        RuleFor(r => r.FacilityName).IsName();
        RuleFor(r => r.InstrumentName).IsName();
        Ranges();
    }

    private void Ranges()
    {
        RuleFor(r => r.SRa).Must(ra => ra is null or (>= 0 and < 360)).WithMessage("is in degrees (ICRS), 0 to below 360");
        RuleFor(r => r.SDec).InclusiveBetween(-90, 90).WithMessage("is in degrees (ICRS), -90 to 90");
        RuleFor(r => r.SDec).NotNull().When(r => r.SRa is not null).WithMessage("comes with s_ra");
        RuleFor(r => r.SDec).Null().When(r => r.SRa is null).WithMessage("comes with s_ra");
        RuleFor(r => r.SFov).Must(fov => fov is null or (> 0 and <= 360)).WithMessage("is in degrees, above 0, at most 360");
        RuleFor(r => r.SResolution).GreaterThan(0).WithMessage("is in arcsec, above 0");
        RuleFor(r => r.TMax).GreaterThanOrEqualTo(r => r.TMin).When(r => r.TMin is not null)
            .WithMessage(r => FormattableString.Invariant($"is in days (MJD), at least t_min, {r.TMin}"));
        RuleFor(r => r.TExptime).GreaterThanOrEqualTo(0).WithMessage("is in s, 0 or more");
        RuleFor(r => r.TResolution).GreaterThanOrEqualTo(0).WithMessage("is in s, 0 or more");
        RuleFor(r => r.EmMin).GreaterThan(0).WithMessage("is in m, above 0");
        RuleFor(r => r.EmMax).GreaterThan(0).WithMessage("is in m, above 0");
        RuleFor(r => r.EmMax).GreaterThanOrEqualTo(r => r.EmMin).When(r => r.EmMin is not null)
            .WithMessage(r => FormattableString.Invariant($"is in m, at least em_min, {r.EmMin}"));
        RuleFor(r => r.EmResPower).GreaterThan(0).WithMessage("is a ratio, above 0");
    }

    /// <summary>IVOA Identifiers 2.0: an authority, then a path, a query and a fragment if there are such.</summary>
    [GeneratedRegex(@"^ivo://[A-Za-z0-9][A-Za-z0-9._~*'()-]{2,}(/[^\s?#]*)?(\?[^\s#]*)?(#\S*)?\z")]
    internal static partial Regex Ivoid();

    [GeneratedRegex(@"^https?://\S+\z")]
    private static partial Regex Address();

    [GeneratedRegex(@"^/((I|Q|U|V|RR|LL|RL|LR|XX|YY|XY|YX|POLI|POLA)/)+\z")]
    private static partial Regex Polarizations();
}

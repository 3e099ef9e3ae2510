namespace OpsDb.RawData;

/// <summary>The scales and units of ObsCore.</summary>
public static class ObsCoreUnits
{
    /// <summary>The modified Julian date of 1970-01-01T00:00:00: its Julian date, 2440587.5, less 2400000.5 (IAU 1997, resolution B1).</summary>
    private const double MjdOfUnixEpoch = 40587;

    /// <summary>The speed of light in vacuum, 299792458 m/s by the definition of the metre, for frequencies in GHz.</summary>
    private const double SpeedOfLightMGhz = 0.299792458;

    /// <summary>In days of 86400 s; a leap second belongs to no day, as it does not to an instant here.</summary>
    public static double Mjd(DateTimeOffset utc) => MjdOfUnixEpoch + (utc - DateTimeOffset.UnixEpoch).TotalDays;

    /// <summary>In vacuum, m: c / f.</summary>
    public static double WavelengthM(double ghz) => SpeedOfLightMGhz / ghz;

    /// <summary>1000 bytes each (VOUnits 1.0), rounded up.</summary>
    public static long Kbytes(long bytes) => bytes / 1000 + (bytes % 1000 == 0 ? 0 : 1);
}

using System.Globalization;
using System.Net;
using OpsDb.Kernel;
using OpsDb.Visibility;

namespace OpsDb.Nights.Endpoints;

/// <summary>The report of a night as a page that can be printed; it needs nothing from elsewhere and runs nothing.</summary>
internal static class NightPage
{
    public const string MediaType = "text/html";

    private const string Style =
        "body{font:14px/1.4 sans-serif;margin:2em;color:#111}table{border-collapse:collapse;margin:.5em 0 1.5em}"
        + "td,th{border:1px solid #999;padding:.2em .6em;text-align:left;vertical-align:top}.n{text-align:right}h2{font-size:1.1em}"
        + "@media print{body{margin:0}tr{break-inside:avoid}}";

    public static string Of(NightReport report)
    {
        var title = $"Night of {report.Night.Date:yyyy-MM-dd}, {report.TelescopeName}";
        return $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>{Text(title)}</title><style>{Style}</style></head><body>
            <h1>{Text(title)}</h1>
            <p>{Time(report.Night.Begin)} to {Time(report.Night.End)} UTC; dark {Dark(report.Night.Astronomical)};
            Moon lit to {(report.Night.MoonIlluminatedFraction * 100).ToString("0", CultureInfo.InvariantCulture)} %.
            Made {Time(report.MadeAt)} UTC.{(report.IsTruncated ? " There is more than this page tells." : "")}</p>
            {Table("Time", ["", "Hours"], Rows(report.Time))}
            {Table("Plan", ["From", "To", "Unit", "Executed"], report.Plan.Select(p =>
                new object?[] { p.StartTime, p.EndTime, p.ObsUnitName, p.IsExecuted ? "yes" : "no" }))}
            {Table("Executions", ["From", "To", "Hours", "Unit", "Programme", "State", "Quality", "Reason", "Comment"], report.Executions.Select(e =>
                new object?[]
                {
                    e.StartTime, e.EndTime, e.Hours, e.ObsUnitName, e.ProgramShortName, EnumText.Of(e.Status), e.Quality is { } q ? EnumText.Of(q) : null,
                    e.Reason, e.Comment,
                }))}
            {Table("Lost", ["Reason", "Hours", "Executions"], report.Lost.Select(l => new object?[] { l.Reason ?? "not said", l.Hours, l.Executions }))}
            {Table("Programmes", ["Programme", "Hours", "Executions"], report.Programs.Select(p =>
                new object?[] { p.ShortName, p.ObservedHours, p.Executions }))}
            {Table("Not ended", ["Since", "Hours", "Unit"], report.StillRunning.Select(r => new object?[] { r.StartTime, r.AgeHours, r.ObsUnitName }))}
            {Table("Weather", ["", "Readings", "Least", "Median", "Greatest"], report.Weather.Select(w =>
                new object?[] { w.Quantity, w.Readings, w.Least, w.Median, w.Greatest }))}
            <p>{report.Files} files, {report.Bytes} bytes.</p>
            </body></html>
            """;
    }

    private static IEnumerable<object?[]> Rows(NightTime time) =>
    [
        ["dark", time.DarkHours], ["planned", time.PlannedHours], ["observed", time.ObservedHours], ["lost", time.LostHours], ["running", time.RunningHours],
        ["dark and idle", time.IdleDarkHours],
    ];

    private static string Table(string name, string[] heads, IEnumerable<object?[]> rows)
    {
        var lines = rows.Select(r => $"<tr>{string.Concat(r.Select(Cell))}</tr>").ToList();
        return $"<h2>{name}</h2>{(lines.Count == 0 ? "<p>Nothing.</p>"
            : $"<table><tr>{string.Concat(heads.Select(h => $"<th>{h}</th>"))}</tr>{string.Concat(lines)}</table>")}";
    }

    private static string Cell(object? value) => value switch
    {
        DateTimeOffset at => $"<td>{Time(at)}</td>",
        double or int => $"<td class=\"n\">{string.Create(CultureInfo.InvariantCulture, $"{value:0.###}")}</td>",
        _ => $"<td>{Text(value as string ?? "")}</td>",
    };

    private static string Dark(DarkTime time) => time.Extent switch
    {
        DarkExtent.Never => "never",
        DarkExtent.AllNight => "all night",
        _ => $"{(time.Begin is { } b ? Time(b) : "from the beginning")} to {(time.End is { } e ? Time(e) : "the end")}",
    };

    private static string Time(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}

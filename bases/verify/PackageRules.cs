using System.Globalization;

namespace OpsDb.Verify;

/// <summary>A package to which no more files come has as many files as it says, of as many bytes together.</summary>
internal sealed class PackageRules(SymbolTable symbols, Findings findings)
{
    private readonly Entity files = symbols.Entity("raw_data_files"u8), packages = symbols.Entity("raw_data_packages"u8);
    private readonly Dictionary<long, (int Count, double Bytes)> filesOf = [];
    private readonly List<(Guid Id, double Count, double Bytes, int Line)> closed = [];

    public int Count => closed.Count;

    public void Take(FinalLine line)
    {
        if (line is not { Type: "row", At: "main" })
            return;
        if (line.Entity == files && line.Row.Fields[files.Field("raw_data_package_id"u8)] is var of and not (Code.Null or Code.Unlogged))
        {
            var (count, bytes) = filesOf.GetValueOrDefault(of);
            filesOf[of] = (count + 1, bytes + Number(line, "size_bytes"u8));
        }
        if (line.Entity == packages && line.Row.Fields[packages.Field("finalized_at"u8)] is not (Code.Null or Code.Unlogged))
            closed.Add((line.Row.Id, Number(line, "file_count"u8), Number(line, "size_bytes"u8), line.Number));
    }

    public void Judge()
    {
        foreach (var package in closed)
        {
            var (count, bytes) = filesOf.GetValueOrDefault(Code.Value(package.Id));
            if ((count, bytes) == (package.Count, package.Bytes))
                continue;
            findings.Add(Rule.PackageTotal, string.Create(CultureInfo.InvariantCulture,
                $"Package {package.Id} says that it has {package.Count} files of {package.Bytes} bytes, and there are {count} of {bytes} bytes."),
                [], [package.Line]);
        }
    }

    private static double Number(FinalLine line, ReadOnlySpan<byte> field) => Code.Number(line.Row.Fields[line.Entity!.Field(field)]);
}

using System.Security.Cryptography;
using System.Text;

namespace OpsDb.Audit;

/// <summary>One entry's place in the chain of its site.</summary>
/// <param name="Number">From 1 on, without a gap.</param>
/// <param name="Hash">SHA-256 of the hash before it and of the entry's text.</param>
/// <param name="Site">The entry's own site; null where the entry is gone.</param>
/// <param name="Text">The entry's columns as they are now, in the form that was hashed; null where it is gone.</param>
public sealed record AuditLink(long Number, Guid EntryId, byte[] PreviousHash, byte[] Hash, string? Site, string? Text);

/// <summary>The chains as the main database has them.</summary>
public interface IAuditChains
{
    /// <summary>Every site that has a chain or an entry.</summary>
    Task<IReadOnlyList<string>> SitesAsync(CancellationToken ct);

    /// <summary>The links of a site behind a number, in order, some at a time; none when there are no more.</summary>
    Task<IReadOnlyList<AuditLink>> LinksAsync(string site, long after, CancellationToken ct);

    /// <summary>The oldest entry of a site that is in no chain.</summary>
    Task<Guid?> FindOutsideAsync(string site, CancellationToken ct);
}

/// <summary>The end of a site's chain. Kept elsewhere, it proves later that nothing before it has changed or gone.</summary>
public sealed record ChainHead(string Site, long Number, string Hash)
{
    /// <summary>Reads <see cref="ToString"/>.</summary>
    /// <returns>Null when the text is no head.</returns>
    public static ChainHead? Parse(string text) =>
        text.Split(':') is [{ Length: > 0 } site, var number, { Length: 2 * SHA256.HashSizeInBytes } hash]
        && long.TryParse(number, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var count) && count > 0
        && hash.All(char.IsAsciiHexDigitLower)
            ? new(site, count, hash)
            : null;

    public override string ToString() => FormattableString.Invariant($"{Site}:{Number}:{Hash}");
}

/// <summary>What was found of a site's chain.</summary>
/// <param name="Entries">How many are whole, from the first on.</param>
/// <param name="Head">The end of a chain that is whole; null of one that is not, and of an empty one.</param>
/// <param name="Fault">The first thing that is wrong, in a sentence; null when nothing is.</param>
public sealed record ChainVerdict(string Site, long Entries, ChainHead? Head, string? Fault);

/// <summary>Recomputes the chains.</summary>
public sealed class AuditCheck(IAuditChains chains)
{
    /// <param name="site">Only that one; all when null.</param>
    /// <param name="heads">Ends that were noted before.</param>
    public async Task<IReadOnlyList<ChainVerdict>> VerifyAsync(string? site, IReadOnlyList<ChainHead> heads, CancellationToken ct)
    {
        var verdicts = new List<ChainVerdict>();
        IReadOnlyList<string> sites = site is null ? [.. await chains.SitesAsync(ct), .. heads.Select(h => h.Site)] : [site];
        foreach (var each in sites.Distinct().Order(StringComparer.Ordinal))
            verdicts.Add(await VerifyAsync(each, heads.Where(h => h.Site == each).ToLookup(h => h.Number), ct));
        return verdicts;
    }

    private async Task<ChainVerdict> VerifyAsync(string site, ILookup<long, ChainHead> heads, CancellationToken ct)
    {
        var (number, hash) = (0L, new byte[SHA256.HashSizeInBytes]);
        while (await chains.LinksAsync(site, number, ct) is { Count: > 0 } links)
        {
            foreach (var link in links)
            {
                if (Fault(link, site, number, hash) is { } fault)
                    return new(site, number, null, fault);
                (number, hash) = (link.Number, link.Hash);
                if (heads[number].FirstOrDefault(h => h.Hash != Convert.ToHexStringLower(hash)) is { } noted)
                    return new(site, number - 1, null, $"Number {number} has another hash than the one noted, {noted.Hash}: the chain was made anew.");
            }
        }
        if (heads.FirstOrDefault(h => h.Key > number) is { Key: var last })
            return new(site, number, null, $"The newest entries are missing: the chain ends at number {number}, and number {last} was noted.");
        if (await chains.FindOutsideAsync(site, ct) is { } outside)
            return new(site, number, null, $"The entry {outside} is foreign: it is in no chain.");
        return new(site, number, number == 0 ? null : new(site, number, Convert.ToHexStringLower(hash)), null);
    }

    private static string? Fault(AuditLink link, string site, long number, byte[] hash) => link switch
    {
        _ when link.Number != number + 1 => $"Number {number + 1} is missing: behind {number} comes {link.Number}.",
        { Text: null } => $"The entry {link.EntryId}, number {link.Number}, is missing.",
        _ when link.Site != site => $"The entry {link.EntryId}, number {link.Number}, is foreign: it says that it is of the site {link.Site}.",
        _ when !link.PreviousHash.AsSpan().SequenceEqual(hash) => $"Number {link.Number} does not follow number {number}: its previous hash is another.",
        _ when !link.Hash.AsSpan().SequenceEqual(SHA256.HashData([.. link.PreviousHash, .. Encoding.UTF8.GetBytes(link.Text)])) =>
            $"The entry {link.EntryId}, number {link.Number}, was edited: its hash is another.",
        _ => null,
    };
}

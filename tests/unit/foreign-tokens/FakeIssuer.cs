using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using OpsDb.ForeignTokens;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.ForeignTokens;

/// <summary>A provider that signs what it is told, by hand, so that tokens can be wrong in every way.</summary>
internal sealed class FakeIssuer : IIssuer, IDisposable
{
    public const string Address = "https://login.example.org", Audience = "opsdb";

    public static readonly byte[] Shared = "a secret of 32 bytes, which is so!"u8.ToArray();

    private readonly List<(string Id, AsymmetricAlgorithm Key)> published = [];

    public FakeIssuer() => Publish("first");

    /// <summary>How often its keys were read.</summary>
    public int Reads { get; private set; }

    public int Questions { get; private set; }

    public bool IsAway { get; set; }

    /// <summary>What it says of tokens that say nothing by themselves.</summary>
    public Dictionary<string, object> Known { get; } = [];

    public RSA First => (RSA)published[0].Key;

    /// <summary>Its keys, with one that both sides would know and that nobody may take.</summary>
    public string Keys => JsonSerializer.Serialize(new
    {
        keys = published.Select(k => Public(k.Id, k.Key)).Append(new() { ["kty"] = "oct", ["kid"] = "shared", ["k"] = Text(Shared) }),
    });

    public AsymmetricAlgorithm Publish(string id, bool elliptic = false)
    {
        published.Add((id, elliptic ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : RSA.Create(2048)));
        return published[^1].Key;
    }

    public void Withdraw(string id) => published.RemoveAll(k => k.Id == id);

    public Task<string> ReadKeysAsync(CancellationToken ct)
    {
        Reads++;
        return IsAway ? throw new NoAnswerException("cannot be reached") : Task.FromResult(Keys);
    }

    public Task<JsonElement> IntrospectAsync(string token, CancellationToken ct)
    {
        Questions++;
        if (IsAway)
            throw new NoAnswerException("cannot be reached");
        return Task.FromResult(JsonSerializer.SerializeToElement(Known.GetValueOrDefault(token, new { active = false })));
    }

    public static string Jwt(object header, object claims, Func<byte[], byte[]> sign)
    {
        var text = $"{Text(JsonSerializer.SerializeToUtf8Bytes(header))}.{Text(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{text}.{Text(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    public static byte[] Sign(AsymmetricAlgorithm key, byte[] text) => key is RSA rsa
        ? rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        : ((ECDsa)key).SignData(text, HashAlgorithmName.SHA256);

    public void Dispose() => published.ForEach(k => k.Key.Dispose());

    private static Dictionary<string, string> Public(string id, AsymmetricAlgorithm key)
    {
        if (key is RSA rsa)
        {
            var parameters = rsa.ExportParameters(false);
            return new() { ["kty"] = "RSA", ["kid"] = id, ["use"] = "sig", ["n"] = Text(parameters.Modulus), ["e"] = Text(parameters.Exponent) };
        }
        var point = ((ECDsa)key).ExportParameters(false).Q;
        return new() { ["kty"] = "EC", ["kid"] = id, ["crv"] = "P-256", ["x"] = Text(point.X), ["y"] = Text(point.Y) };
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Base64UrlEncoder.Encode(bytes.ToArray());
}

using System.Security.Cryptography;
using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

internal sealed class SealedTests
{
    private const string Context = "webhook/secret/7";
    private const string Text = "correct horse é";

    // Made by another implementation of AES-256-GCM: the key 00 01 … 1f, the nonce 64 65 … 6f.
    private const string Known = "v1.k1.ZGVmZ2hpamtsbW5v.K3SsFByKIr5WDS2bv0WpVA.aSVzZiYHyDBBYVL4Ss9tKA";

    private static readonly SealingKey Key = new("k1", [.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
    private static readonly AesSealer Sealer = new(Key);

    [Test]
    public void What_another_implementation_has_sealed_is_opened() => Assert.That(Sealer.Open(Sealed(Known), Context), Is.EqualTo(Text));

    [TestCase("")]
    [TestCase("short")]
    [TestCase("a text with a dot. And 😀")]
    public void What_is_sealed_is_opened_again(string text) => Assert.That(Sealer.Open(Sealer.Seal(text, Context), Context), Is.EqualTo(text));

    [Test]
    public void The_same_text_is_sealed_in_another_way_each_time() =>
        Assert.That(Enumerable.Range(0, 5).Select(_ => Sealer.Seal(Text, Context)), Is.Unique);

    [Test]
    public void A_key_of_before_opens_and_does_not_seal()
    {
        var rotated = new AesSealer(new("k2", RandomNumberGenerator.GetBytes(32)), Key);
        Assert.That(rotated.Open(Sealed(Known), Context), Is.EqualTo(Text));
        Assert.That(Stored(rotated.Seal(Text, Context)), Does.StartWith("v1.k2."));
    }

    [Test]
    public void Another_place_does_not_open_it() =>
        Assert.That(() => Sealer.Open(Sealed(Known), "webhook/secret/8"), Throws.InstanceOf<CryptographicException>());

    [Test]
    public void Another_key_does_not_open_it()
    {
        Assert.That(() => new AesSealer(new("k2", Key.Bytes)).Open(Sealed(Known), Context),
            Throws.InstanceOf<CryptographicException>().With.Message.Contains("k1"));
        Assert.That(() => new AesSealer(new("k1", new byte[32])).Open(Sealed(Known), Context), Throws.InstanceOf<CryptographicException>());
    }

    [Test]
    public void A_flipped_bit_anywhere_is_noticed([Range(2, 4)] int part)
    {
        var parts = Known.Split('.');
        parts[part] = (parts[part][0] == 'A' ? 'B' : 'A') + parts[part][1..];
        Assert.That(() => Sealer.Open(Sealed(string.Join('.', parts)), Context), Throws.InstanceOf<CryptographicException>());
    }

    [Test]
    public void A_part_that_is_cut_off_is_noticed([Range(2, 4)] int part)
    {
        var parts = Known.Split('.');
        parts[part] = parts[part][..4];
        Assert.That(() => Sealer.Open(Sealed(string.Join('.', parts)), Context), Throws.InstanceOf<CryptographicException>());
    }

    [TestCase("a password")]
    [TestCase("")]
    [TestCase("v1.k1.a.b")]
    [TestCase("v1.k1.a.b.c.d")]
    [TestCase("v2.k1.a.b.c")]
    [TestCase("v1.k1.a.b c.d")]
    public void A_text_that_is_not_sealed_is_no_value_and_is_not_repeated(string text)
    {
        Assert.That(ColumnType.Of(typeof(Sealed)).Parse(text), Is.Null);
        Assert.That(() => JsonSerializer.Deserialize<Sealed>(JsonSerializer.Serialize(text), Json.Options), Throws.InstanceOf<JsonException>());
        Assert.That(ColumnType.Of(typeof(Sealed)).Fault(Json.ToElement(text)), Is.EqualTo("is a sealed secret, not text"));
    }

    [Test]
    public void Whoever_prints_it_or_its_key_sees_nothing() =>
        Assert.That($"{Sealer.Seal(Text, Context)} {Key}", Is.EqualTo("sealed k1"));

    private static Sealed Sealed(string text) => (Sealed)ColumnType.Of(typeof(Sealed)).Parse(text)!;

    private static string Stored(Sealed secret) => ColumnType.Of(typeof(Sealed)).Text(secret);
}

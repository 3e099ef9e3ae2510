using OpsDb.Kernel;

namespace OpsDb.UnitTests.Kernel;

internal sealed class InstantTests
{
    [TestCase("2027-01-31T23:59:59Z", "2027-01-31T23:59:59Z")]
    [TestCase("2027-01-31T23:59:59.5+02:00", "2027-01-31T21:59:59.500000Z")]
    [TestCase("2027-01-31T23:59:59.1234567Z", "2027-01-31T23:59:59.123456Z")]
    [TestCase("2027-01-31T23:59:59.9999999-00:30", "2027-02-01T00:29:59.999999Z")]
    public void An_instant_is_read_as_UTC_and_rounded_down_to_microseconds(string text, string canonical)
    {
        Assert.That(Instant.TryParse(text, out var value), Is.True);
        Assert.That(Instant.Format(value), Is.EqualTo(canonical));
        Assert.That(value.Offset, Is.EqualTo(TimeSpan.Zero));
    }

    [TestCase("2027-01-31T23:59:59")]
    [TestCase("2027-01-31T23:59:59.123")]
    [TestCase("2027-01-31")]
    [TestCase("2027-01-31 23:59:59Z")]
    [TestCase("2027-02-30T00:00:00Z")]
    [TestCase("soon")]
    [TestCase("")]
    [TestCase(null)]
    public void Anything_without_an_offset_or_with_another_form_is_refused(string? text) => Assert.That(Instant.TryParse(text, out _), Is.False);

    [FsCheck.NUnit.Property]
    public bool What_is_formatted_is_read_again(DateTime any)
    {
        var instant = Instant.Round(new(DateTime.SpecifyKind(any, DateTimeKind.Utc)));
        return Instant.TryParse(Instant.Format(instant), out var again) && again == instant;
    }
}

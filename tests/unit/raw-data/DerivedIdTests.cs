using OpsDb.RawData;

namespace OpsDb.UnitTests.RawData;

/// <summary>Ids that follow from what they name: whoever computes them elsewhere needs vectors to compare with.</summary>
public sealed class DerivedIdTests
{
    private static readonly Guid Execution = new("0198b3c4-7a5e-7c11-9d2e-5b1a3f6c8e01");

    [Test]
    public void An_id_is_a_UUIDv7_with_the_time_of_the_execution()
    {
        foreach (var id in (Guid[])[RawDataFile.IdOf(Execution, 3, "a/b.fits"), RawDataPackage.IdOf(Execution, 1, 2)])
        {
            Assert.That((id.Version, id.Variant is >= 8 and <= 11), Is.EqualTo((7, true)));
            Assert.That($"{id}"[..13], Is.EqualTo($"{Execution}"[..13]));
        }
    }

    [Test]
    public void It_is_what_others_compute_from_the_description()
    {
        Assert.That($"{RawDataFile.IdOf(Execution, 3, "a/b.fits")}", Is.EqualTo("0198b3c4-7a5e-79c9-975a-db5ff1b9002c"));
        Assert.That($"{RawDataPackage.IdOf(Execution, 1, 2)}", Is.EqualTo("0198b3c4-7a5e-73a2-a25b-344a307d6a34"));
    }

    [Test]
    public void Whatever_differs_gives_another_id()
    {
        Guid[] ids =
        [
            RawDataFile.IdOf(Execution, 3, "a"), RawDataFile.IdOf(Execution, 4, "a"), RawDataFile.IdOf(Execution, 3, "b"),
            RawDataFile.IdOf(Guid.CreateVersion7(), 3, "a"), RawDataPackage.IdOf(Execution, 3, 1), RawDataPackage.IdOf(Execution, 3, 2),
        ];
        Assert.That(ids, Is.Unique);
        Assert.That(RawDataFile.IdOf(Execution, 3, "a"), Is.EqualTo(ids[0]));
    }
}

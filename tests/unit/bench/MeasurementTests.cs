using OpsDb.Bench;

namespace OpsDb.UnitTests.Bench;

/// <summary>Which benchmarks run, and what is read of their processes.</summary>
public sealed class MeasurementTests
{
    [Test]
    public void What_takes_long_runs_only_when_it_is_asked_for() => Assert.Multiple(() =>
    {
        Assert.That(Names(new Measurement(Benchmark.All, [], false, false)), Does.Contain("register").And.Not.Contain("many_files"));
        Assert.That(Names(new Measurement(Benchmark.All, [], false, false) { Long = true }), Does.Contain("register").And.Contain("many_files"));
        Assert.That(Names(new Measurement(Benchmark.All, ["many_files"], false, false)), Is.EqualTo(["many_files"]));
    });

    [Test]
    public void No_two_benchmarks_have_one_name() => Assert.That(Benchmark.All.SelectMany(b => b.Names), Is.Unique);

    [Test]
    public void The_peak_of_a_process_is_read_in_kibibytes() =>
        Assert.That(Memory.PeakKibibytes(["Name:\tdotnet", "VmPeak:\t 9 kB", "VmHWM:\t  131072 kB", "VmRSS:\t  90112 kB"]), Is.EqualTo(131072));

    private static IEnumerable<string> Names(Measurement measurement) => measurement.Benchmarks.SelectMany(b => b.Names);
}

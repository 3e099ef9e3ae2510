using Microsoft.Extensions.DependencyInjection;
using OpsDb.DataFlow;
using OpsDb.Executions;
using OpsDb.Kernel;

namespace OpsDb.DbTests.Jobs;

/// <summary>Lists that are longer than what is read at once.</summary>
public sealed class PagesTests : WorkFixture
{
    [Test]
    public async Task Long_lists_are_read_to_their_end()
    {
        for (var n = 0; n < 5; n++)
            await StartExecutionAsync();
        await using var scope = Services.CreateAsyncScope();
        var pages = new List<int>();
        await foreach (var page in scope.ServiceProvider.GetRequiredService<IReader<Execution, Guid>>()
            .PagesAsync(ListQuery<Execution>.Everything.AtMost(2), CancellationToken.None))
            pages.Add(page.Count);
        Assert.That(pages, Is.EqualTo(new[] { 2, 2, 1 }));
    }
}

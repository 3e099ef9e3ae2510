using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>Gives orders to the relay that stands for the link.</summary>
internal sealed class Link(StackLink link)
{
    /// <param name="order">The path at the relay's control, with its parameters.</param>
    /// <exception cref="ServersException">The relay does not take the order.</exception>
    public Task<RelayStatus> OrderAsync(string order, CancellationToken ct) => SendAsync(HttpMethod.Post, order, ct);

    public Task<RelayStatus> StatusAsync(CancellationToken ct) => SendAsync(HttpMethod.Get, "status", ct);

    private async Task<RelayStatus> SendAsync(HttpMethod method, string order, CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        using var request = new HttpRequestMessage(method, $"{link.Control}/{order}") { Headers = { { RelayControl.OrderHeader, "link" } } };
        using var response = await http.SendAsync(request, ct);
        var text = await response.Content.ReadAsStringAsync(ct);
        return response.IsSuccessStatusCode ? RelayStatus.FromJson(text) : throw new ServersException(text.Trim());
    }
}

using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.UnitTests.Web;

/// <summary>What is kept of a request with an Idempotency-Key, by which its repetition is known for ever.</summary>
public sealed class RequestHashTests
{
    // Computed by printf 'METHOD PATH\nBODY' | sha256sum.
    [TestCase("POST", "/api/v1/executions", """{"obs_unit_id": 17}""", "6b52af9fb6b2ff3ac2ed534ff0c11e195d61f8ac541e0f3f59525b99b99da44e")]
    [TestCase("PATCH", "/api/v1/executions/0198c0de-0000-7000-8000-000000000001", "",
        "bd80410e701bd4b01be0053eab050723e5080530ce71d92b532b9cee1c3f1223")]
    public async Task The_hash_of_a_request_is_the_same_in_every_release(string method, string path, string body, string hash)
    {
        var context = new DefaultHttpContext();
        context.Features.Set(new Principal(new("observer"), []));
        context.Request.Method = method;
        context.Request.Path = path;
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        var request = await Request<JsonElement>.BindAsync(context);
        Assert.That(request!.Submission.BodyHash, Is.EqualTo(hash));
    }
}

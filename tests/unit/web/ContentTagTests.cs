using Microsoft.AspNetCore.Http;
using OpsDb.Web;

namespace OpsDb.UnitTests.Web;

public sealed class ContentTagTests
{
    // Computed by printf %s '{"site_name":"observatory","pending":3}' | sha256sum | cut -c1-32.
    [Test]
    public void The_tag_of_what_is_no_row_is_a_hash_of_its_content()
    {
        var context = new DefaultHttpContext();
        Responses.Content(context, new { site_name = "observatory", pending = 3 });
        Assert.That(context.Response.Headers.ETag.ToString(), Is.EqualTo("\"3135e4667e7e26a4892b36778131637a\""));
    }
}

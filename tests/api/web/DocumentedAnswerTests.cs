using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Web;

/// <summary>The check that every answer of the tests passes: what it must not let pass.</summary>
public sealed class DocumentedAnswerTests
{
    private const string Site = """{"site_name":"a","site_type":"main","buffering_enabled":false,"main_db_host":"","local_db_host":""}""";
    private const string Problem = """{"type":"/problems/not-found","title":"a","status":404,"detail":"b","instance":"/c","trace_id":"d"}""";

    [TestCase("/api/site/info", 200, Site)]
    [TestCase("/API/site/info/", 200, Site)]
    [TestCase("/nothing/here", 404, Problem)]
    public void What_the_document_says_passes(string path, int status, string body) =>
        Assert.That(() => Check("GET", path, status, body), Throws.Nothing);

    [TestCase("GET", 418, Problem, "getSiteInfo answers 200, 304, 400, 401", Description = "another status")]
    [TestCase("GET", 200,
        """{"site_name":"a","site_type":"main","buffering_enabled":false,"main_db_host":""}""",
        "local_db_host", Description = "a field is missing")]
    [TestCase("GET", 200,
        """{"site_name":"a","site_type":"main","buffering_enabled":false,"main_db_host":"","local_db_host":"","more":1}""",
        "/more", Description = "a field is not documented")]
    [TestCase("GET", 200,
        """{"site_name":null,"site_type":"main","buffering_enabled":false,"main_db_host":"","local_db_host":""}""",
        "/site_name", Description = "a null")]
    [TestCase("GET", 200,
        """{"site_name":"a","site_type":"Main","buffering_enabled":false,"main_db_host":"","local_db_host":""}""",
        "/site_type", Description = "not a value of the enumeration")]
    [TestCase("GET", 400, Site, "title", Description = "no problem")]
    [TestCase("GET", 401, Problem, "the header WWW-Authenticate is not there", Description = "a header is missing")]
    [TestCase("DELETE", 404, Problem, "no such method", Description = "not 405")]
    public void What_it_does_not_say_fails_with_a_sentence(string method, int status, string body, string sentence) =>
        Assert.That(() => Check(method, "/api/site/info", status, body), Throws.InstanceOf<UndocumentedAnswerException>().With.Message.Contains(sentence));

    [Test]
    public void A_header_that_is_not_documented_fails() =>
        Assert.That(() => Check("GET", "/api/site/info", 200, Site, ("OpsDb-Secret", "1")), Throws.InstanceOf<UndocumentedAnswerException>()
            .With.Message.Contains("OpsDb-Secret"));

    [Test]
    public void An_instant_in_another_form_fails() =>
        Assert.That(() => new DocumentedAnswers(JsonNode.Parse("""
            {"paths":{"/now":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"type":"string","format":"date-time"}}}}}}}},
            "components":{"schemas":{}}}
            """)!).Check(Answer("GET", "/now", 200), "\"yesterday\""), Throws.InstanceOf<UndocumentedAnswerException>().With.Message.Contains("date-time"));

    private static void Check(string method, string path, int status, string body, params (string Name, string Value)[] headers) =>
        DocumentedAnswers.Committed.Check(Answer(method, path, status, status == 200 ? "application/json" : "application/problem+json",
            status == 200 ? [.. headers, ("ETag", "\"a\"")] : headers), body);

    private static HttpResponseMessage Answer(string method, string path, int status, string type = "application/json",
        params (string Name, string Value)[] headers)
    {
        var answer = new HttpResponseMessage((HttpStatusCode)status)
        {
            RequestMessage = new(new(method), new Uri($"http://127.0.0.1{path}")),
            Content = new StringContent("", Encoding.UTF8, type),
        };
        foreach (var (name, value) in headers)
            answer.Headers.Add(name, value);
        return answer;
    }
}

using System.Net.Http.Json;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Platform;

internal static class Puts
{
    public static Task<TestAnswer> PutAsync(this TestApi api, TestTokens? token, string path, object body, params (string Name, string Value)[] headers) =>
        api.SendAsync(HttpMethod.Put, path, JsonContent.Create(body), token, headers);
}

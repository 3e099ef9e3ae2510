namespace OpsDb.Stack;

/// <summary>What a person needs to know when everything runs.</summary>
internal static class Summary
{
    public static void Print(StackFile stack, StackHome home, bool withApis, bool detached)
    {
        var (main, observatory) = (stack.Sites["main"], stack.Sites["observatory"]);
        Console.WriteLine(withApis ? Apis(main, observatory) : "The servers and the link run; the APIs were left out.");
        Console.WriteLine(
            $"""

            The link      build/link down | up | hang | delay MS | bandwidth KBPS | flap SECONDS | status
            Everything    {home.Stack}
            {(detached ? "build/stop ends it." : "Ctrl-C ends it.")}
            """);
    }

    private static string Apis(StackSite main, StackSite observatory) =>
        $$"""

        OpsDb runs.

        main          {{main.Url}}
        observatory   {{observatory.Url}}

        admin         {{main.Tokens.Admin}}
        observer      {{main.Tokens.Observer}}
        viewer        {{main.Tokens.Viewer}}
        service       {{main.Tokens.Service}}

        Try:
        curl {{observatory.Url}}/health
        curl -H 'Authorization: Bearer {{main.Tokens.Viewer}}' '{{observatory.Url}}/api/v1/obs-units?limit=3'
        curl -H 'Authorization: Bearer {{main.Tokens.Observer}}' -H 'Content-Type: application/json' -d '{{Start}}' {{observatory.Url}}/api/v1/executions
        """;

    private static string Start => $$"""{"obs_unit_id": 1, "start_time": "{{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ssZ}}"}""";
}

namespace OpsDb.Servers;

/// <summary>The settings of a data API (docs/configuration.md) that tell where its servers are.</summary>
public static class ApiSettings
{
    /// <summary>The same for the verb migrate, which is told of the owner of the schema, too.</summary>
    public static Dictionary<string, string> WithOwner(IReadOnlyDictionary<string, string> settings, PostgresAddress owner) =>
        new(settings) { ["MIGRATE_DB_USER"] = owner.User, ["MIGRATE_DB_PASSWORD"] = owner.Password };

    /// <param name="main">The main database, as the site reaches it.</param>
    /// <param name="local">The site's own replica; null at the main site.</param>
    /// <param name="redis">The site's Redis; the main site may have none.</param>
    public static Dictionary<string, string> Of(string site, string tokenKey, PostgresAddress main, PostgresAddress? local = null, RedisAddress? redis = null)
    {
        var settings = new Dictionary<string, string>
        {
            ["SITE_NAME"] = site,
            ["SITE_TYPE"] = local is null ? "main" : "secondary",
            ["API_TOKEN_KEY"] = tokenKey,
        };
        Add("MAIN_DB", main);
        Add("LOCAL_DB", local ?? main);
        if (redis is not null)
            (settings["REDIS_HOST"], settings["REDIS_PORT"], settings["REDIS_PASSWORD"]) = (redis.Host, $"{redis.Port}", redis.Password);
        return settings;

        void Add(string prefix, PostgresAddress database)
        {
            (settings[$"{prefix}_HOST"], settings[$"{prefix}_PORT"]) = (database.Host, $"{database.Port}");
            (settings[$"{prefix}_USER"], settings[$"{prefix}_PASSWORD"], settings[$"{prefix}_NAME"]) = (database.User, database.Password, database.Database);
        }
    }
}

using OpsDb.Servers;

namespace OpsDb.SystemTests.Servers;

public sealed class AddressTests
{
    [TestCase("postgres://ada:s%40fe@db.example:5433/ops")]
    [TestCase("postgresql://ada:s%40fe@db.example:5433/ops")]
    [TestCase("Host=db.example;Port=5433;Username=ada;Password=s@fe;Database=ops")]
    [TestCase("server=db.example;port=5433;user id=ada;pwd=s@fe;database=ops")]
    public void A_postgres_address_is_read_from_both_forms(string text) =>
        Assert.That(PostgresAddress.Parse(text, "TEST"), Is.EqualTo(new PostgresAddress("db.example", 5433, "ops", "ada", "s@fe")));

    [TestCase("redis://:s%40fe@cache.example:6380")]
    [TestCase("cache.example:6380,password=s@fe")]
    public void A_redis_address_is_read_from_both_forms(string text) =>
        Assert.That(RedisAddress.Parse(text, "TEST"), Is.EqualTo(new RedisAddress("cache.example", 6380, "s@fe")));

    [Test]
    public void An_address_survives_its_own_uri()
    {
        var address = new PostgresAddress("127.0.0.1", 5433, "ops", "ada", "a/b:c@d");
        Assert.That(PostgresAddress.Parse(address.ToUri(), "TEST"), Is.EqualTo(address));
    }

    [Test]
    public void A_wrong_address_names_its_setting_and_not_the_password() =>
        Assert.That(() => PostgresAddress.Parse("mysql://u:secret@h", "OPSDB_X"),
            Throws.InstanceOf<ServersException>().With.Message.Contains("OPSDB_X").And.Message.Not.Contains("secret"));
}

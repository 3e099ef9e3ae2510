namespace OpsDb.Chaos;

/// <summary>The clients of a run: which there are follows from their number, what they choose from the seed.</summary>
internal static class Crowd
{
    public static IReadOnlyList<Client> Create(int clients, int seed, ClientWorld world)
    {
        var random = new Random(seed);
        Api[] main = [world.Main];
        var crowd = new List<Client>();
        // A duel is two clients.
        for (var i = 0; i < clients; i++)
        {
            var (name, own) = ($"c{crowd.Count + 1}", random.Next());
            switch (i % 10)
            {
                case 2:
                    crowd.Add(new Planner(name, own, world, world.Site, world.OfSite, world.OfMain));
                    break;
                case 4:
                    crowd.Add(new Observer(name, own, world, main, world.OfMain, world.OfSite));
                    break;
                case 6 when i + 1 < clients:
                    crowd.Add(new Duel(name, own, world, world.Site, world.OfSite));
                    i++;
                    break;
                case 8 when i % 20 < 10:
                    crowd.Add(new Planner(name, own, world, main, world.OfMain, world.OfSite));
                    break;
                case 8:
                    crowd.Add(new Reader(name, own, world, main, world.OfSite));
                    break;
                case 3 when i < 20:
                    crowd.Add(new Rival(name, own, world, world.Site));
                    break;
                case 9 when i < 20:
                    crowd.Add(new Operator(name, own, world, [.. world.Site, world.Main]));
                    break;
                default:
                    crowd.Add(new Observer(name, own, world, world.Site, world.OfSite, world.OfMain));
                    break;
            }
        }
        return crowd;
    }
}

namespace OpsDb.Chaos;

/// <summary>The clients of a run: which there are follows from their number, what they choose from the seed.</summary>
internal static class ClientPool
{
    public static IReadOnlyList<Client> Create(int clients, int seed, ClientWorld world)
    {
        var random = new Random(seed);
        Api[] main = [world.Main];
        var pool = new List<Client>();
        // Contended writes take two clients.
        for (var i = 0; i < clients; i++)
        {
            var (name, own) = ($"c{pool.Count + 1}", random.Next());
            switch (i % 10)
            {
                case 2:
                    pool.Add(new Planner(name, own, world, world.Site, world.OfSite, world.OfMain));
                    break;
                case 4:
                    pool.Add(new Observer(name, own, world, main, world.OfMain, world.OfSite));
                    break;
                case 6 when i + 1 < clients:
                    pool.Add(new ContendedWrites(name, own, world, world.Site, world.OfSite));
                    i++;
                    break;
                case 8 when i % 20 < 10:
                    pool.Add(new Planner(name, own, world, main, world.OfMain, world.OfSite));
                    break;
                case 8:
                    pool.Add(new Reader(name, own, world, main, world.OfSite));
                    break;
                case 3 when i < 10:
                    pool.Add(new Rival(name, own, world, world.Site));
                    break;
                case 3 when i < 20:
                    pool.Add(new Warden(name, own, world, world.Site, world.OfSite));
                    break;
                case 5 when i < 20:
                    pool.Add(new Instrument(name, own, world, world.Site, world.OfSite));
                    break;
                case 1 when i < 10:
                    pool.Add(new Packer(name, own, world, world.Site, world.OfSite));
                    break;
                case 1 when i > 20:
                    pool.Add(new Instrument(name, own, world, main, world.OfMain));
                    break;
                case 1 when i is > 10 and < 20:
                    pool.Add(new Station(name, own, world, world.Site, world.OfSite));
                    break;
                case 9 when i < 20:
                    pool.Add(new Operator(name, own, world, [.. world.Site, world.Main]));
                    break;
                default:
                    pool.Add(new Observer(name, own, world, world.Site, world.OfSite, world.OfMain));
                    break;
            }
        }
        return pool;
    }
}

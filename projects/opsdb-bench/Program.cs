return await OpsDb.Bench.BenchBase.RunAsync(args);

return await OpsDb.Chaos.ChaosBase.RunAsync(args);

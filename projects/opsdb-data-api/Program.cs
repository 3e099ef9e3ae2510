return await OpsDb.DataApi.DataApiBase.RunAsync(args);

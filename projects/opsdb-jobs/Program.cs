return await OpsDb.BackgroundJobs.JobsBase.RunAsync(args);

return await OpsDb.Stack.StackBase.RunAsync(args);

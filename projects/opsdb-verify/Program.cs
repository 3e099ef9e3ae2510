return OpsDb.Verify.VerifyBase.Run(args, Console.Out, Console.Error);

Console.WriteLine("EarlyExitGen");

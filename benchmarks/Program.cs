using Rhm.Benchmarks.Compare;

if (args is ["compare", .. string[] rest]) return Comparisons.Run(rest);
BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;

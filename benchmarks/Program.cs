using Rhm.Benchmarks.Compare;

if (args is ["growth-point", string strings, string threads]) return Growth.Measure(long.Parse(strings, null), int.Parse(threads, null));
if (args is ["compare", .. string[] rest]) return Comparisons.Run(rest);
BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;

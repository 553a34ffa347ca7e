using BenchmarkDotNet.Attributes;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Strings;

namespace Rhm.Benchmarks;

/// <summary>One pass that counts the pairs of tuples of a level, P = v m^3, and its plain reference.</summary>
public class CountingBenchmarks
{
    private StringSampler _strings = null!;
    private IReadOnlyList<LearnedLevel> _levels = [];

    [Params(0, 1, 3)]
    public int Level { get; set; }

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _strings = new StringSampler(Grammar.Draw(new GrammarShape(5, 3, 8, 16), seed: 1), seed: 1, count: 8 * 4096);
        _levels = [.. IterativeLatentClustering.Learn(_strings, 3).Levels.Take(Level)];
    }

    private LevelCounts Collect(bool vectorised) =>
        LevelCounts.Collect(
            _strings, _levels, 5, 3, Target.Latent, CousinTargets.All, poolGrandparents: true, Threads, default, vectorised);

    [Benchmark(Baseline = true)]
    public object Vectorised() => Collect(true);

    [Benchmark]
    public object Reference() => Collect(false);

    [Benchmark]
    public double[] Contexts() => IterativeLatentClustering.ContextVectors(Collect(true), CousinTargets.All).Vectors;
}

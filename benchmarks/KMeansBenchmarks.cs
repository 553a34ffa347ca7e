using BenchmarkDotNet.Attributes;
using Rhm.Clustering;
using Rhm.Grammars;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Strings;

namespace Rhm.Benchmarks;

/// <summary>Clustering of context vectors, 50 restarts, and its plain reference.</summary>
public class KMeansBenchmarks
{
    private double[] _points = [];
    private int _dimension;

    /// <summary>m: 8 m points of 144 dimensions.</summary>
    [Params(16, 32)]
    public int Multiplicity { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var strings = new StringSampler(Grammar.Draw(new GrammarShape(5, 3, 8, Multiplicity), seed: 1), seed: 1, count: 100_000);
        (_points, _dimension) = IterativeLatentClustering.ContextVectors(
            LevelCounts.Collect(strings, [], 5, 3, Target.Latent, CousinTargets.All, poolGrandparents: true, 1, default),
            CousinTargets.All);
    }

    [Benchmark(Baseline = true)]
    public Partition Vectorised() => KMeans.Cluster(_points, _dimension, 8, 50, seed: 1);

    [Benchmark]
    public Partition Plain() => KMeans.Reference.Cluster(_points, _dimension, 8, 50, seed: 1);
}

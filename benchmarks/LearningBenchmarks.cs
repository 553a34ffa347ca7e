using BenchmarkDotNet.Attributes;
using Rhm.Clustering;
using Rhm.Grammars;
using Rhm.Learners;
using Rhm.Population;
using Rhm.Sampling;

namespace Rhm.Benchmarks;

/// <summary>Strings of a grammar: expanded in the caches, written to memory, and by the plain twin (64 strings a call there).</summary>
public class SamplerBenchmarks
{
    private StringSampler _strings = null!;
    private StringGroup _group = null!;
    private IStringReader _fast = null!, _plain = null!;
    private byte[] _tokens = [];

    /// <summary>L, s, v, m.</summary>
    [Params("5 3 8 8", "5 3 8 32", "7 3 16 8", "4 2 16 4", "5 3 8 22", "4 3 64 100")]
    public string Shape { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        int[] sizes = [.. Shape.Split(' ').Select(int.Parse)];
        var shape = new GrammarShape(sizes[0], sizes[1], sizes[2], sizes[3]);
        _strings = new StringSampler(Grammar.Draw(shape, seed: 1), seed: 1, count: (1 << 24) / shape.TokenCount / StringGroup.Lanes * StringGroup.Lanes);
        _tokens = new byte[_strings.Count * shape.TokenCount];
        (_group, _fast, _plain) = (_strings.CreateGroup(withLatents: false), _strings.OpenReader(), _strings.OpenScalarReader());
    }

    /// <summary>64 strings.</summary>
    [Benchmark(Baseline = true)]
    public void Group() => _fast.Read(1, _group);

    /// <summary>The same by the plain twin.</summary>
    [Benchmark]
    public void GroupPlain() => _plain.Read(1, _group);

    /// <summary>2^24 tokens, to memory.</summary>
    [Benchmark]
    public void Written() => _strings.CopyTo(_tokens);
}

/// <summary>One pass that counts the pairs of tuples of a level, P = v m^3, and its plain twin.</summary>
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
        LevelCounts.Collect(_strings, _levels, 5, 3, Target.Latent, CousinTargets.All, poolGrandparents: true, Threads, default, vectorised);

    [Benchmark(Baseline = true)]
    public LevelCounts Vectorised() => Collect(true);

    [Benchmark]
    public LevelCounts Plain() => Collect(false);

    [Benchmark]
    public double[] Contexts() => IterativeLatentClustering.ContextVectors(Collect(true), CousinTargets.All).Vectors;
}

/// <summary>Clustering of context vectors, 50 restarts, and its plain twin.</summary>
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
            LevelCounts.Collect(strings, [], 5, 3, Target.Latent, CousinTargets.All, poolGrandparents: true, 1, default), CousinTargets.All);
    }

    [Benchmark(Baseline = true)]
    public Partition Vectorised() => KMeans.Cluster(_points, _dimension, 8, 50, seed: 1);

    [Benchmark]
    public Partition Plain() => KMeans.Plain.Cluster(_points, _dimension, 8, 50, seed: 1);
}

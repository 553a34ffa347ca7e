using BenchmarkDotNet.Attributes;
using Rhm.Grammars;
using Rhm.Population;
using Rhm.Sampling;

namespace Rhm.Benchmarks;

/// <summary>Posterior of every latent of one string: time must grow linearly with s^L, and at most as v^2 per node (v m s entries).</summary>
[ShortRunJob]
public class PosteriorBenchmarks
{
    private BeliefPropagation _posterior = null!;
    private int[] _tokens = null!;

    /// <summary>L, s, v, m: first the length grows by three at a time, then v and m by two.</summary>
    [Params("4 3 16 8", "5 3 16 8", "6 3 16 8", "7 3 16 8", "8 3 16 8", "6 3 8 4", "6 3 32 16", "6 3 64 32")]
    public string Shape { get; set; } = "";

    /// <summary>Share of masked tokens.</summary>
    [Params(0.0, 0.5)]
    public double Masked { get; set; }

    /// <summary>Draws a string.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int[] sizes = [.. Shape.Split(' ').Select(int.Parse)];
        Grammar grammar = Grammar.Draw(new GrammarShape(sizes[0], sizes[1], sizes[2], sizes[3]), seed: 1);
        var sampler = new StringSampler(grammar, seed: 1, count: 1);
        StringGroup group = sampler.CreateGroup(withLatents: false);
        using IStringReader reader = sampler.OpenReader();
        reader.Read(0, group);
        var random = new RandomStream(1, RandomPurpose.Training);
        _tokens = new int[sampler.TokenCount];
        for (int i = 0; i < _tokens.Length; i++)
            _tokens[i] = random.NextDouble() < Masked ? BeliefPropagation.Masked : group.Level(0)[i * StringGroup.Lanes];
        _posterior = new BeliefPropagation(grammar);
    }

    /// <summary>Inside and outside pass.</summary>
    [Benchmark]
    public double Observe()
    {
        _posterior.Observe(_tokens);
        return _posterior.LogProbability;
    }
}

/// <summary>Exact joint laws of the leftmost tuple with every node of the tree (L=7, s=3, v=16, m=8: 3280 laws of 128 x 16).</summary>
[ShortRunJob]
public class JointLawBenchmarks
{
    private readonly Grammar _grammar = Grammar.Draw(new GrammarShape(7, 3, 16, 8), seed: 1);

    /// <summary>All of them, from scratch.</summary>
    [Benchmark]
    public double AllNodes()
    {
        PopulationLaws<double> laws = PopulationLaws.Of(_grammar);
        double sum = 0;
        for (int level = 0; level <= _grammar.Shape.Depth; level++)
        {
            for (int node = 0; node < _grammar.Shape.NodeCount(level); node++) sum += laws.Joint(Site.Tuple(0, 0), Site.Symbol(level, node))[0, 0];
        }
        return sum;
    }
}

/// <summary>Posteriors of a batch of masked strings of 2187 tokens on one core and on all.</summary>
[ShortRunJob]
public class BatchPosteriorBenchmarks
{
    private readonly Grammar _grammar = Grammar.Draw(new GrammarShape(7, 3, 16, 8), seed: 1);
    private int[][] _strings = [];

    /// <summary>Threads.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>Draws 500 strings and masks every third token.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var sampler = new StringSampler(_grammar, seed: 1, count: 500);
        StringGroup group = sampler.CreateGroup(withLatents: false);
        using IStringReader reader = sampler.OpenReader();
        var strings = new List<int[]>();
        for (long g = 0; g < sampler.GroupCount(); g++)
        {
            reader.Read(g, group);
            for (int lane = 0; lane < group.Count; lane++)
            {
                var tokens = new int[sampler.TokenCount];
                for (int i = 0; i < tokens.Length; i++) tokens[i] = i % 3 == 0 ? BeliefPropagation.Masked : group.Level(0)[i * StringGroup.Lanes + lane];
                strings.Add(tokens);
            }
        }
        _strings = [.. strings];
    }

    /// <summary>All strings.</summary>
    [Benchmark]
    public void ObserveAll() => BeliefPropagation.ObserveAll(_grammar, _strings, Threads, (_, _) => { });
}

using BenchmarkDotNet.Attributes;
using Rhm.Grammars;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Benchmarks;

/// <summary>
/// Posterior of every latent of one string: time must grow linearly with s^L, and at most as v^2 per node (v m s entries).
/// </summary>
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

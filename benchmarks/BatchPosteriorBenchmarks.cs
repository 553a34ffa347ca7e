using BenchmarkDotNet.Attributes;
using Rhm.Grammars;
using Rhm.Population;
using Rhm.Strings;

namespace Rhm.Benchmarks;

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
                for (int i = 0; i < tokens.Length; i++)
                    tokens[i] = i % 3 == 0 ? BeliefPropagation.Masked : group.Level(0)[i * StringGroup.Lanes + lane];
                strings.Add(tokens);
            }
        }
        _strings = [.. strings];
    }

    /// <summary>All strings.</summary>
    [Benchmark]
    public void ObserveAll() => BeliefPropagation.ObserveAll(_grammar, _strings, Threads, (_, _) => { });
}

using BenchmarkDotNet.Attributes;
using Rhm.Grammars;
using Rhm.Strings;

namespace Rhm.Benchmarks;

/// <summary>
/// Strings of a grammar: expanded in the caches, written to memory, and by the plain reference (64 strings a call there).
/// </summary>
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
        int groups = (1 << 24) / shape.TokenCount / StringGroup.Lanes;
        _strings = new StringSampler(Grammar.Draw(shape, seed: 1), seed: 1, count: groups * StringGroup.Lanes);
        _tokens = new byte[_strings.Count * shape.TokenCount];
        (_group, _fast, _plain) = (_strings.CreateGroup(withLatents: false), _strings.OpenReader(), _strings.OpenScalarReader());
    }

    /// <summary>64 strings.</summary>
    [Benchmark(Baseline = true)]
    public void Group() => _fast.Read(1, _group);

    /// <summary>The same by the plain reference.</summary>
    [Benchmark]
    public void GroupPlain() => _plain.Read(1, _group);

    /// <summary>2^24 tokens, to memory.</summary>
    [Benchmark]
    public void Written() => _strings.CopyTo(_tokens);
}

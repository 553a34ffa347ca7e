using BenchmarkDotNet.Attributes;
using Rhm.Numerics;

namespace Rhm.Benchmarks;

/// <summary>Products of heads, as in attention: scores and mixtures of 8 sequences.</summary>
public class StridedProductBenchmarks
{
    private float[] _q = [], _k = [], _scores = [];

    [Params(8, 64, 256)]
    public int Length { get; set; }

    [Params(16, 64)]
    public int Dimension { get; set; }

    private const int Sequences = 8, Heads = 4;

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        _q = [.. Enumerable.Range(0, Sequences * Length * Heads * Dimension).Select(_ => random.NextSingle() - 0.5f)];
        _k = [.. _q.Reverse()];
        _scores = new float[Sequences * Heads * Length * Length];
    }

    [Benchmark]
    public void Scores() => StridedProduct.Multiply(
        _q, MatrixLayout.Heads(Length, Heads, Dimension), _k, MatrixLayout.Heads(Length, Heads, Dimension).Transpose(),
        _scores, MatrixLayout.Whole(Heads, Length, Length), Sequences, Heads, Length, Length, Dimension);

    [Benchmark]
    public void Mixtures() => StridedProduct.Multiply(
        _scores, MatrixLayout.Whole(Heads, Length, Length), _k, MatrixLayout.Heads(Length, Heads, Dimension),
        _q, MatrixLayout.Heads(Length, Heads, Dimension), Sequences, Heads, Length, Dimension, Length);
}

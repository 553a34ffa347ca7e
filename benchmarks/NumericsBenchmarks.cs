using BenchmarkDotNet.Attributes;
using Rhm.Numerics;

namespace Rhm.Benchmarks;

/// <summary>Matrix products at the sizes of a layer, its two gradients, and the plain twin.</summary>
public class MatrixProductBenchmarks
{
    private float[] _a = [], _b = [], _c = [];

    [Params("864x48x160", "864x160x160", "512x512x512")]
    public string Size { get; set; } = "";

    [Params(1, 2)]
    public int Threads { get; set; }

    private int Rows => int.Parse(Size.Split('x')[0], null);

    private int Inner => int.Parse(Size.Split('x')[1], null);

    private int Columns => int.Parse(Size.Split('x')[2], null);

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        _a = [.. Enumerable.Range(0, Rows * Inner).Select(_ => random.NextSingle() - 0.5f)];
        _b = [.. Enumerable.Range(0, Inner * Columns).Select(_ => random.NextSingle() - 0.5f)];
        _c = new float[Rows * Columns];
    }

    [Benchmark(Baseline = true)]
    public void Product() => MatrixProduct.Multiply(_a, _b, _c, Rows, Columns, Inner, threads: Threads);

    [Benchmark]
    public void WithGelu() => MatrixProduct.Multiply(_a, _b, _c, Rows, Columns, Inner, activation: Activation.Gelu, threads: Threads);

    [Benchmark]
    public void TransposedA() => MatrixProduct.MultiplyTransposedA(_a, _b, _c, Rows, Columns, Inner, threads: Threads);

    [Benchmark]
    public void TransposedB() => MatrixProduct.MultiplyTransposedB(_a, _b, _c, Rows, Columns, Inner, threads: Threads);

    [Benchmark]
    public void Plain() => MatrixProduct.Plain.Multiply(_a, _b, _c, Rows, Columns, Inner);
}

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
    public void Scores() => StridedProduct.Multiply(_q, MatrixLayout.Heads(Length, Heads, Dimension), _k, MatrixLayout.Heads(Length, Heads, Dimension).Transpose(),
        _scores, MatrixLayout.Whole(Heads, Length, Length), Sequences, Heads, Length, Length, Dimension);

    [Benchmark]
    public void Mixtures() => StridedProduct.Multiply(_scores, MatrixLayout.Whole(Heads, Length, Length), _k, MatrixLayout.Heads(Length, Heads, Dimension),
        _q, MatrixLayout.Heads(Length, Heads, Dimension), Sequences, Heads, Length, Dimension, Length);
}

/// <summary>Kernels that read and write each number a few times.</summary>
public class LayerBenchmarks
{
    private float[] _x = [], _y = [], _dy = [], _m = [], _v = [], _means = [], _inverses = [];

    [Params(864, 4096)]
    public int Rows { get; set; }

    [Params(10, 160, 512)]
    public int Columns { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        _x = [.. Enumerable.Range(0, Rows * Columns).Select(_ => 4 * random.NextSingle() - 2)];
        _dy = [.. _x.Reverse()];
        (_y, _m, _v, _means, _inverses) = (new float[_x.Length], new float[_x.Length], new float[_x.Length], new float[Rows], new float[Rows]);
    }

    [Benchmark]
    public void SoftmaxForward() => Softmax.Forward(_x, _y, Rows, Columns);

    [Benchmark]
    public void SoftmaxBackward() => Softmax.Backward(_x, _dy, _y, Rows, Columns);

    [Benchmark]
    public void LogSoftmaxForward() => LogSoftmax.Forward(_x, _y, Rows, Columns);

    [Benchmark]
    public void LayerNormForward() => LayerNorm.Forward(_x, default, default, _y, _means, _inverses, Rows, Columns);

    [Benchmark]
    public void LayerNormBackward() => LayerNorm.Backward(_x, default, _means, _inverses, _dy, _y, default, default, Rows, Columns);

    [Benchmark]
    public void GeluForward() => Gelu.Forward(_x, _y);

    [Benchmark]
    public void GeluBackward() => Gelu.Backward(_x, _dy, _y);

    [Benchmark]
    public void AdamWStep() => new AdamW().Step(_y, _dy, _m, _v, 1);
}

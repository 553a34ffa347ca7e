using BenchmarkDotNet.Attributes;
using Rhm.Numerics;

namespace Rhm.Benchmarks;

/// <summary>Matrix products at the sizes of a layer, its two gradients, and the reference.</summary>
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
    public void Reference() => MatrixProduct.Reference.Multiply(_a, _b, _c, Rows, Columns, Inner);
}

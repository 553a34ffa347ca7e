using BenchmarkDotNet.Attributes;
using Rhm.Numerics;

namespace Rhm.Benchmarks;

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
        (_y, _m, _v) = (new float[_x.Length], new float[_x.Length], new float[_x.Length]);
        (_means, _inverses) = (new float[Rows], new float[Rows]);
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

using System.Globalization;
using System.Text.Json;
using Rhm.Numerics;

namespace Rhm.Benchmarks.Compare;

/// <summary>Softmax, layer normalisation, GELU and AdamW against PyTorch's operators.</summary>
internal static class LayerComparisons
{
    private static readonly (int Rows, int Columns)[] s_sizes = [(864, 160), (4096, 512)];

    private static readonly string[] s_kernels =
    [
        "softmax", "softmax-backward", "log-softmax", "log-softmax-backward", "layer-norm", "layer-norm-backward",
        "gelu", "gelu-backward", "adamw",
    ];

    public static IEnumerable<Comparison> All(int threads) =>
        from kernel in s_kernels
        from size in s_sizes
        from used in new[] { 1, threads }.Distinct()
        select Layer(kernel, size.Rows, size.Columns, used);

    private static Comparison Layer(string kernel, int rows, int columns, int used)
    {
        float[] x = Numbers(rows * columns, 7919), dy = Numbers(rows * columns, 6007);
        float[] scale = Numbers(columns, 5003), shift = Numbers(columns, 4001), dScale = new float[columns], dShift = new float[columns];
        float[] result = new float[x.Length], means = new float[rows], inverses = new float[rows];
        Action run;
        switch (kernel)
        {
            case "softmax":
                run = () => Softmax.Forward(x, result, rows, columns, used);
                break;
            case "softmax-backward":
                float[] y = new float[x.Length];
                Softmax.Forward(x, y, rows, columns);
                run = () => Softmax.Backward(y, dy, result, rows, columns, used);
                break;
            case "log-softmax":
                run = () => LogSoftmax.Forward(x, result, rows, columns, used);
                break;
            case "log-softmax-backward":
                float[] logY = new float[x.Length];
                LogSoftmax.Forward(x, logY, rows, columns);
                run = () => LogSoftmax.Backward(logY, dy, result, rows, columns, used);
                break;
            case "layer-norm":
                run = () => LayerNorm.Forward(x, scale, shift, result, means, inverses, rows, columns, threads: used);
                break;
            case "layer-norm-backward":
                LayerNorm.Forward(x, scale, shift, result, means, inverses, rows, columns);
                run = () =>
                {
                    Array.Clear(dScale);
                    Array.Clear(dShift);
                    LayerNorm.Backward(x, scale, means, inverses, dy, result, dScale, dShift, rows, columns, used);
                };
                break;
            case "gelu":
                run = () => Gelu.Forward(x, result, used);
                break;
            case "gelu-backward":
                run = () => Gelu.Backward(x, dy, result, used);
                break;
            default:
                float[] m = new float[x.Length], v = new float[x.Length];
                var options = new AdamW();
                int step = 0;
                x.CopyTo(result, 0);
                run = () => options.Step(result, dy, m, v, ++step, used);
                break;
        }
        run();
        // AdamW changes its parameters in every step: what is compared is the first.
        float[] first = [.. result];
        return new Comparison($"{kernel} {rows} x {columns}, {used} thread{(used > 1 ? "s" : "")}", "layers_torch.py",
            [kernel, .. new[] { rows, columns, used }.Select(value => value.ToString(CultureInfo.InvariantCulture))], () =>
            {
                run();
                return null;
            }, (_, theirs) => RequireClose(kernel, first, theirs), Goal: 0, Family: $"{used} thread{(used > 1 ? "s" : "")}", FamilyGoal: 1);
    }

    /// <summary>The same numbers as in the peer program.</summary>
    private static float[] Numbers(int count, long step) =>
        [.. Enumerable.Range(0, count).Select(i => (float)(i * step % 1009 - 504) / 256)];

    private static void RequireClose(string kernel, float[] ours, JsonElement theirs)
    {
        float[] sample = [.. theirs.GetProperty("sample").EnumerateArray().Select(value => value.GetSingle())];
        int step = ours.Length / sample.Length;
        for (int i = 0; i < sample.Length; i++)
        {
            if (Math.Abs(ours[i * step] - sample[i]) > 1e-4 * (1 + Math.Abs(sample[i])))
                throw new InvalidOperationException($"element {i * step} of {kernel} is {ours[i * step]}, the peer's {sample[i]}");
        }
    }
}

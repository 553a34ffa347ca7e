using System.Globalization;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using Rhm.Numerics;

namespace Rhm.Benchmarks.Compare;

/// <summary>Products of float32 matrices against NumPy with OpenBLAS, on one thread and on all.</summary>
internal static class MatrixComparisons
{
    private static readonly (int Rows, int Inner, int Columns)[] s_sizes =
        [(864, 48, 160), (864, 160, 160), (4096, 160, 160), (512, 512, 512)];

    // A layer's product, the gradient of its weights, the gradient of its input.
    private static readonly string[] s_forms = ["AB", "AtB", "ABt"];

    public static IEnumerable<Comparison> All(int threads)
    {
        foreach (int used in new[] { 1, threads }.Distinct())
        {
            foreach (string form in s_forms)
            {
                foreach ((int rows, int inner, int columns) in s_sizes) yield return Product(form, rows, inner, columns, used, threads);
            }
        }
    }

    private static Comparison Product(string form, int rows, int inner, int columns, int used, int threads)
    {
        float[] a = Numbers(rows * inner), b = Numbers(inner * columns), c = new float[rows * columns];
        // On processors that it does not know OpenBLAS falls back on its kernels for AVX2; with these it is twice as fast.
        var environment = new Dictionary<string, string> { ["OPENBLAS_NUM_THREADS"] = Text(used) };
        if (Avx512F.IsSupported) environment["OPENBLAS_CORETYPE"] = "SkylakeX";
        double multiplyAdds = (double)rows * inner * columns;
        return new Comparison($"{Written(form)} ({rows} x {inner} x {columns}), {used} thread{(used > 1 ? "s" : "")}", "matmul_numpy.py",
            [form, Text(rows), Text(inner), Text(columns)], () =>
            {
                switch (form)
                {
                    case "AB": MatrixProduct.Multiply(a, b, c, rows, columns, inner, threads: used); break;
                    case "AtB": MatrixProduct.MultiplyTransposedA(a, b, c, rows, columns, inner, threads: used); break;
                    default: MatrixProduct.MultiplyTransposedB(a, b, c, rows, columns, inner, threads: used); break;
                }
                return c;
            }, (ours, theirs) => RequireSame((float[])ours!, inner, theirs), Goal: 0, Limit.MultiplyAdds, multiplyAdds * threads / used,
            Environment: environment, Family: $"{Written(form)}, {used} thread{(used > 1 ? "s" : "")}", FamilyGoal: 0.95);
    }

    private static string Written(string form) => form switch { "AB" => "A B", "AtB" => "A^T B", _ => "A B^T" };

    /// <summary>The same numbers as in the peer program: exact in float32, products too.</summary>
    private static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => (float)((long)i * 7919 % 1009 - 504) / 512)];

    private static void RequireSame(float[] ours, int inner, JsonElement theirs)
    {
        float[] sample = [.. theirs.GetProperty("sample").EnumerateArray().Select(value => value.GetSingle())];
        int step = ours.Length / sample.Length;
        for (int i = 0; i < sample.Length; i++)
        {
            // Terms are below 1: both sums err by at most inner^2 2^-24.
            if (Math.Abs(ours[i * step] - sample[i]) > 2.0 * inner * inner / (1 << 24))
                throw new InvalidOperationException($"element {i * step} of the product is {ours[i * step]}, the peer's {sample[i]}");
        }
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}

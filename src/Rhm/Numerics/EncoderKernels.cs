using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Rhm.Numerics;

/// <summary>
/// What the encoder needs beside <see cref="LayerKernels{T}"/>, again for float (the SIMD core) and double (plain loops: the twin in which
/// gradients are checked). Matrices are row-major.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal static class EncoderKernels<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const double Epsilon = 1e-5;

    private static bool IsFloat => typeof(T) == typeof(float);

    /// <summary>C += A^T B: the gradient of weights; A inner x rows, B inner x columns.</summary>
    public static void AddTransposedA(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int rows, int columns, int inner)
    {
        if (IsFloat)
        {
            MatrixProduct.MultiplyTransposedA(F(a), F(b), F(c), rows, columns, inner, accumulate: true);
            return;
        }
        for (int p = 0; p < inner; p++)
        {
            for (int i = 0; i < rows; i++) TensorPrimitives.MultiplyAdd(b.Slice(p * columns, columns), a[p * rows + i], c.Slice(i * columns, columns), c.Slice(i * columns, columns));
        }
    }

    /// <summary>C = (A B^T) GELU'(before), element by element; A rows x inner, B columns x inner.</summary>
    public static void MultiplyTransposedBGelu(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int rows, int columns, int inner, ReadOnlySpan<T> before)
    {
        if (IsFloat)
        {
            MatrixProduct.MultiplyTransposedB(F(a), F(b), F(c), rows, columns, inner, geluInput: F(before));
            return;
        }
        LayerKernels<T>.MultiplyTransposedB(a, b, c, rows, columns, inner);
        LayerKernels<T>.GeluBackward(before, c);
    }

    /// <summary>Adds the rows of a matrix to the sums, in order.</summary>
    public static void AddColumnSums(ReadOnlySpan<T> x, Span<T> sums, int rows, int columns)
    {
        if (IsFloat) MatrixProduct.AddColumnSums(F(x), F(sums), rows, columns);
        else for (int i = 0; i < rows; i++) TensorPrimitives.Add(sums, x.Slice(i * columns, columns), sums);
    }

    /// <summary>y = LayerNorm(x) of each row, with scale and shift unless these are empty.</summary>
    public static void Normalise(ReadOnlySpan<T> x, ReadOnlySpan<T> scale, ReadOnlySpan<T> shift, Span<T> y, Span<T> means, Span<T> inverses, int rows, int columns)
    {
        if (IsFloat)
        {
            LayerNorm.Forward(F(x), F(scale), F(shift), F(y), F(means), F(inverses), rows, columns);
            return;
        }
        T n = T.CreateChecked(columns);
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<T> input = x.Slice(i * columns, columns);
            T mean = TensorPrimitives.Sum(input) / n, variance = T.Zero;
            foreach (T value in input) variance += (value - mean) * (value - mean);
            T inverse = T.One / T.Sqrt(variance / n + T.CreateChecked(Epsilon));
            if (!means.IsEmpty) (means[i], inverses[i]) = (mean, inverse);
            for (int j = 0; j < columns; j++)
            {
                T z = (input[j] - mean) * inverse;
                y[i * columns + j] = (scale.IsEmpty ? z : z * scale[j]) + (shift.IsEmpty ? T.Zero : shift[j]);
            }
        }
    }

    /// <summary>dx = the gradient through LayerNorm, in place of dy; adds to the gradients of scale and shift.</summary>
    public static void NormaliseBackward(ReadOnlySpan<T> x, ReadOnlySpan<T> scale, ReadOnlySpan<T> means, ReadOnlySpan<T> inverses, Span<T> dy, Span<T> dScale,
        Span<T> dShift, int rows, int columns)
    {
        if (IsFloat)
        {
            LayerNorm.Backward(F(x), F(scale), F(means), F(inverses), F((ReadOnlySpan<T>)dy), F(dy), F(dScale), F(dShift), rows, columns);
            return;
        }
        T n = T.CreateChecked(columns);
        for (int i = 0; i < rows; i++)
        {
            T meanG = T.Zero, meanGz = T.Zero;
            for (int j = 0; j < columns; j++)
            {
                T z = (x[i * columns + j] - means[i]) * inverses[i], gradient = dy[i * columns + j], g = gradient * scale[j];
                dScale[j] += gradient * z;
                dShift[j] += gradient;
                meanG += g / n;
                meanGz += g * z / n;
            }
            for (int j = 0; j < columns; j++)
            {
                T z = (x[i * columns + j] - means[i]) * inverses[i];
                dy[i * columns + j] = inverses[i] * (dy[i * columns + j] * scale[j] - meanG - z * meanGz);
            }
        }
    }

    private static ReadOnlySpan<float> F(ReadOnlySpan<T> x) => MemoryMarshal.Cast<T, float>(x);

    private static Span<float> F(Span<T> x) => MemoryMarshal.Cast<T, float>(x);
}

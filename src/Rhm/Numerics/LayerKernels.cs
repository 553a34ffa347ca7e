using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Rhm.Numerics;

/// <summary>
/// The kernels that the network is built from, for float (the SIMD core of <see cref="Rhm.Numerics"/>) and double (three plain loops:
/// the twin in which gradients are checked). Matrices are row-major.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal static class LayerKernels<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static bool IsFloat => typeof(T) == typeof(float);

    /// <summary>C = A B + bias [+ C]; A rows x inner, B inner x columns.</summary>
    public static void Multiply(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int rows, int columns, int inner, ReadOnlySpan<T> bias = default,
        bool accumulate = false)
    {
        if (IsFloat)
        {
            MatrixProduct.Multiply(F(a), F(b), F(c), rows, columns, inner, F(bias), accumulate: accumulate);
            return;
        }
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                T sum = (accumulate ? c[i * columns + j] : T.Zero) + (bias.IsEmpty ? T.Zero : bias[j]);
                for (int p = 0; p < inner; p++) sum += a[i * inner + p] * b[p * columns + j];
                c[i * columns + j] = sum;
            }
        }
    }

    /// <summary>C = A B + bias, B and C being the first <paramref name="columns"/> columns of matrices with <paramref name="stride"/> columns.</summary>
    public static void MultiplyColumns(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int rows, int columns, int inner, int stride, ReadOnlySpan<T> bias)
    {
        if (IsFloat)
        {
            var strided = new MatrixLayout(stride, 1, 0, 0);
            StridedProduct.Multiply(F(a), new MatrixLayout(inner, 1, 0, 0), F(b), strided, F(c), strided, 1, 1, rows, columns, inner, bias: F(bias));
            return;
        }
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                T sum = bias[j];
                for (int p = 0; p < inner; p++) sum += a[i * inner + p] * b[p * stride + j];
                c[i * stride + j] = sum;
            }
        }
    }

    /// <summary>Y = GELU(A B + bias [+ Y]); the argument of GELU goes to <paramref name="before"/>.</summary>
    public static void MultiplyGelu(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y, int rows, int columns, int inner, ReadOnlySpan<T> bias,
        Span<T> before, bool accumulate = false)
    {
        if (IsFloat)
        {
            MatrixProduct.Multiply(F(a), F(b), F(y), rows, columns, inner, F(bias), Activation.Gelu, F(before), accumulate);
            return;
        }
        Multiply(a, b, y, rows, columns, inner, bias, accumulate);
        y.CopyTo(before);
        for (int i = 0; i < y.Length; i++) y[i] = T.CreateChecked(double.CreateChecked(y[i]) * NormalCumulative(double.CreateChecked(y[i])));
    }

    /// <summary>C = A^T B: the gradient of weights; A inner x rows, B inner x columns.</summary>
    public static void MultiplyTransposedA(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int rows, int columns, int inner)
    {
        if (IsFloat)
        {
            MatrixProduct.MultiplyTransposedA(F(a), F(b), F(c), rows, columns, inner);
            return;
        }
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                T sum = T.Zero;
                for (int p = 0; p < inner; p++) sum += a[p * rows + i] * b[p * columns + j];
                c[i * columns + j] = sum;
            }
        }
    }

    /// <summary>
    /// C = A B^T [+ C]: the gradient of an input; A rows x inner, B columns x inner. With the argument of the GELU before the layer, C is
    /// then multiplied by GELU' of it.
    /// </summary>
    public static void MultiplyTransposedB(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int rows, int columns, int inner, bool accumulate = false,
        ReadOnlySpan<T> geluInput = default)
    {
        if (IsFloat)
        {
            MatrixProduct.MultiplyTransposedB(F(a), F(b), F(c), rows, columns, inner, accumulate, geluInput: F(geluInput));
            return;
        }
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                T sum = accumulate ? c[i * columns + j] : T.Zero;
                for (int p = 0; p < inner; p++) sum += a[i * inner + p] * b[j * inner + p];
                c[i * columns + j] = sum;
            }
        }
        if (!geluInput.IsEmpty) GeluBackward(geluInput, c);
    }

    /// <summary>dx = dy GELU'(x), in place of dy.</summary>
    public static void GeluBackward(ReadOnlySpan<T> x, Span<T> dy)
    {
        if (IsFloat)
        {
            Gelu.Backward(F(x), F(dy), F(dy));
            return;
        }
        for (int i = 0; i < dy.Length; i++)
        {
            double z = double.CreateChecked(x[i]);
            dy[i] *= T.CreateChecked(NormalCumulative(z) + z * Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI));
        }
    }

    /// <summary>log softmax of each row, in place, and its exponential.</summary>
    public static void LogSoftmax(Span<T> x, Span<T> probabilities, int rows, int columns)
    {
        if (IsFloat)
        {
            Rhm.Numerics.LogSoftmax.Forward(F(x), F(x), rows, columns);
        }
        else
        {
            for (int i = 0; i < rows; i++)
            {
                Span<T> row = x.Slice(i * columns, columns);
                T max = TensorPrimitives.Max<T>(row), sum = T.Zero;
                foreach (T value in row) sum += T.Exp(value - max);
                TensorPrimitives.Subtract(row, max + T.Log(sum), row);
            }
        }
        TensorPrimitives.Exp(x, probabilities);
    }

    /// <summary>
    /// Log softmax of groups of numbers side by side in the rows of a matrix with <paramref name="stride"/> columns, in place; their
    /// softmax; and the sums over rows of weight x each.
    /// </summary>
    public static void LogSoftmax(Span<T> x, Span<T> probabilities, int stride, ReadOnlySpan<T> weights, int groups, int columns, Span<T> sums, Span<T> probabilitySums)
    {
        if (IsFloat)
        {
            Rhm.Numerics.LogSoftmax.ForwardGroups(F(x), F(probabilities), stride, F(weights), groups, columns, F(sums), F(probabilitySums));
            return;
        }
        sums.Clear();
        probabilitySums.Clear();
        for (int i = 0; i < weights.Length; i++)
        {
            Span<T> row = x.Slice(i * stride, groups * columns), p = probabilities.Slice(i * stride, groups * columns);
            LogSoftmax(row, p, groups, columns);
            AddScaled(row, weights[i], sums);
            AddScaled(p, weights[i], probabilitySums);
        }
    }

    /// <summary>Softmax of each row, in place.</summary>
    public static void Softmax(Span<T> x, int rows, int columns)
    {
        if (IsFloat)
        {
            Rhm.Numerics.Softmax.Forward(F(x), F(x), rows, columns);
            return;
        }
        for (int i = 0; i < rows; i++)
        {
            Span<T> row = x.Slice(i * columns, columns);
            TensorPrimitives.Subtract(row, TensorPrimitives.Max<T>(row), row);
            TensorPrimitives.Exp(row, row);
            TensorPrimitives.Divide(row, TensorPrimitives.Sum<T>(row), row);
        }
    }

    /// <summary>Sums of the columns of a matrix: the gradient of a bias.</summary>
    public static void ColumnSums(ReadOnlySpan<T> x, Span<T> sums, int rows, int columns)
    {
        sums.Clear();
        for (int i = 0; i < rows; i++) TensorPrimitives.Add(sums, x.Slice(i * columns, columns), sums);
    }

    /// <summary>target += factor x.</summary>
    public static void AddScaled(ReadOnlySpan<T> x, T factor, Span<T> target) => TensorPrimitives.MultiplyAdd<T>(x, factor, target, target);

    /// <summary>u = x - mean; answers the sum and the sum of squares of u.</summary>
    public static (T Sum, T Squares) Subtract(ReadOnlySpan<T> x, ReadOnlySpan<T> mean, Span<T> u)
    {
        if (IsFloat)
        {
            (float floatSum, float floatSquares) = Centring.Subtract(F(x), F(mean), F(u));
            return (T.CreateChecked(floatSum), T.CreateChecked(floatSquares));
        }
        TensorPrimitives.Subtract(x, mean, u);
        return (TensorPrimitives.Sum<T>(u), TensorPrimitives.SumOfSquares<T>(u));
    }

    /// <summary>x = (x - shift) scale.</summary>
    public static void ShiftAndScale(Span<T> x, T shift, T scale)
    {
        if (IsFloat)
        {
            Centring.ShiftAndScale(F(x), float.CreateChecked(shift), float.CreateChecked(scale));
            return;
        }
        TensorPrimitives.Subtract(x, shift, x);
        TensorPrimitives.Multiply(x, scale, x);
    }

    /// <summary>to[j * toStride + i] = from[i * fromStride + j], for rows i and columns j.</summary>
    public static void Transpose(ReadOnlySpan<T> from, int fromStride, Span<T> to, int toStride, int rows, int columns)
    {
        if (IsFloat)
        {
            MatrixProduct.Transpose(F(from), fromStride, F(to), toStride, rows, columns);
            return;
        }
        Transposition.Copy(from, fromStride, to, toStride, rows, columns);
    }

    // What follows runs over vectors of T and then over the rest one by one, the same operations for each number.

    /// <summary>The sum of max(x - bound, 0).</summary>
    public static T Excess(ReadOnlySpan<T> x, T bound)
    {
        ref T px = ref MemoryMarshal.GetReference(x);
        Vector<T> sums = Vector<T>.Zero, bounds = new(bound);
        int i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count) sums += Vector.Max(Vector.LoadUnsafe(ref px, (nuint)i) - bounds, Vector<T>.Zero);
        T sum = Vector.Sum(sums);
        for (; i < x.Length; i++) sum += T.Max(x[i] - bound, T.Zero);
        return sum;
    }

    /// <summary>x = (x - bound) times one factor where that is positive, another elsewhere.</summary>
    public static void Weigh(Span<T> x, T bound, T above, T below)
    {
        ref T px = ref MemoryMarshal.GetReference(x);
        Vector<T> bounds = new(bound), aboves = new(above), belows = new(below);
        int i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> difference = Vector.LoadUnsafe(ref px, (nuint)i) - bounds;
            (difference * Vector.ConditionalSelect(Vector.GreaterThan(difference, Vector<T>.Zero), aboves, belows)).StoreUnsafe(ref px, (nuint)i);
        }
        for (; i < x.Length; i++)
        {
            T difference = x[i] - bound;
            x[i] = difference * (difference > T.Zero ? above : below);
        }
    }

    /// <summary>y = x + offset where the weight is positive, bound - x elsewhere.</summary>
    public static void Arguments(ReadOnlySpan<T> weights, ReadOnlySpan<T> x, T offset, T bound, Span<T> y)
    {
        ref T pw = ref MemoryMarshal.GetReference(weights), px = ref MemoryMarshal.GetReference(x), py = ref MemoryMarshal.GetReference(y);
        Vector<T> offsets = new(offset), bounds = new(bound);
        int i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> value = Vector.LoadUnsafe(ref px, (nuint)i);
            Vector.ConditionalSelect(Vector.GreaterThan(Vector.LoadUnsafe(ref pw, (nuint)i), Vector<T>.Zero), value + offsets, bounds - value).StoreUnsafe(ref py, (nuint)i);
        }
        for (; i < x.Length; i++) y[i] = weights[i] > T.Zero ? x[i] + offset : bound - x[i];
    }

    /// <summary>The sum of |x| y.</summary>
    public static T AbsoluteDot(ReadOnlySpan<T> x, ReadOnlySpan<T> y)
    {
        ref T px = ref MemoryMarshal.GetReference(x), py = ref MemoryMarshal.GetReference(y);
        Vector<T> sums = Vector<T>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count) sums += Vector.Abs(Vector.LoadUnsafe(ref px, (nuint)i)) * Vector.LoadUnsafe(ref py, (nuint)i);
        T sum = Vector.Sum(sums);
        for (; i < x.Length; i++) sum += T.Abs(x[i]) * y[i];
        return sum;
    }

    private static double NormalCumulative(double x) => 0.5 * MathNet.Numerics.SpecialFunctions.Erfc(-x / Math.Sqrt(2));

    private static ReadOnlySpan<float> F(ReadOnlySpan<T> x) => MemoryMarshal.Cast<T, float>(x);

    private static Span<float> F(Span<T> x) => MemoryMarshal.Cast<T, float>(x);
}

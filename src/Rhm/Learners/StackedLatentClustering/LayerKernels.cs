using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Rhm.Numerics;

namespace Rhm.Learners;

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

    /// <summary>C = A B^T [+ C]: the gradient of an input; A rows x inner, B columns x inner.</summary>
    public static void MultiplyTransposedB(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int rows, int columns, int inner, bool accumulate = false)
    {
        if (IsFloat)
        {
            MatrixProduct.MultiplyTransposedB(F(a), F(b), F(c), rows, columns, inner, accumulate);
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

    /// <summary>Sums of the columns of a matrix: the gradient of a bias.</summary>
    public static void ColumnSums(ReadOnlySpan<T> x, Span<T> sums, int rows, int columns)
    {
        sums.Clear();
        for (int i = 0; i < rows; i++) TensorPrimitives.Add(sums, x.Slice(i * columns, columns), sums);
    }

    /// <summary>target += factor x.</summary>
    public static void AddScaled(ReadOnlySpan<T> x, T factor, Span<T> target) => TensorPrimitives.MultiplyAdd<T>(x, factor, target, target);

    private static double NormalCumulative(double x) => 0.5 * MathNet.Numerics.SpecialFunctions.Erfc(-x / Math.Sqrt(2));

    private static ReadOnlySpan<float> F(ReadOnlySpan<T> x) => MemoryMarshal.Cast<T, float>(x);

    private static Span<float> F(Span<T> x) => MemoryMarshal.Cast<T, float>(x);
}

/// <summary>Runs independent tasks on a few threads. What a task computes must not depend on which thread runs it.</summary>
internal static class ParallelTasks
{
    /// <summary>Runs task 0 .. count-1, each on the next free thread.</summary>
    public static void Run(int threads, int count, Action<int> task)
    {
        int workers = Math.Min(threads, count);
        if (workers <= 1)
        {
            for (int i = 0; i < count; i++) task(i);
            return;
        }
        int next = 0;
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, _ =>
        {
            for (int i = Interlocked.Increment(ref next) - 1; i < count; i = Interlocked.Increment(ref next) - 1) task(i);
        });
    }
}

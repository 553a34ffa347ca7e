using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.ExceptionServices;
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

    /// <summary>u = x - mean; answers the sum and the sum of squares of u. Sums run lane by lane, so they depend on the vector width.</summary>
    public static (T Sum, T Squares) SubtractAndSum(ReadOnlySpan<T> x, ReadOnlySpan<T> mean, Span<T> u)
    {
        Vector<T> sums = Vector<T>.Zero, squares = Vector<T>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> difference = new Vector<T>(x[i..]) - new Vector<T>(mean[i..]);
            difference.CopyTo(u[i..]);
            sums += difference;
            squares += difference * difference;
        }
        T sum = Vector.Sum(sums), square = Vector.Sum(squares);
        for (; i < x.Length; i++)
        {
            u[i] = x[i] - mean[i];
            sum += u[i];
            square += u[i] * u[i];
        }
        return (sum, square);
    }

    /// <summary>x = (x - shift) scale.</summary>
    public static void ShiftAndScale(Span<T> x, T shift, T scale)
    {
        var shifts = new Vector<T>(shift);
        var scales = new Vector<T>(scale);
        int i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count) ((new Vector<T>(x[i..]) - shifts) * scales).CopyTo(x[i..]);
        for (; i < x.Length; i++) x[i] = (x[i] - shift) * scale;
    }

    private static double NormalCumulative(double x) => 0.5 * MathNet.Numerics.SpecialFunctions.Erfc(-x / Math.Sqrt(2));

    private static ReadOnlySpan<float> F(ReadOnlySpan<T> x) => MemoryMarshal.Cast<T, float>(x);

    private static Span<float> F(Span<T> x) => MemoryMarshal.Cast<T, float>(x);
}

/// <summary>Runs independent tasks on a few threads. What a task computes must not depend on which thread runs it.</summary>
internal static unsafe class ParallelTasks
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
        var shared = new Shared(task, count);
        GCHandle handle = GCHandle.Alloc(shared);
        try
        {
            Workers.Run(workers, (void*)GCHandle.ToIntPtr(handle), &Work);
        }
        finally
        {
            handle.Free();
        }
        // A failure in a task must reach the caller, and not end a worker.
        shared.Failure?.Throw();
    }

    private static void Work(void* state, int part, int parts)
    {
        var shared = (Shared)GCHandle.FromIntPtr((nint)state).Target!;
        try
        {
            for (int i = shared.Next(); i < shared.Count; i = shared.Next()) shared.Task(i);
        }
        catch (Exception error)
        {
            shared.Failure = ExceptionDispatchInfo.Capture(error);
        }
    }

    private sealed class Shared(Action<int> task, int count)
    {
        private int _next;

        public Action<int> Task { get; } = task;

        public int Count { get; } = count;

        public ExceptionDispatchInfo? Failure { get; set; }

        public int Next() => Interlocked.Increment(ref _next) - 1;
    }
}

namespace Rhm.Numerics;

/// <summary>
/// Products of row-major float32 matrices. Every form makes C, rows x columns, as a sum over inner terms; in a layer Y = X W + b with
/// X batch x in and W in x out, <see cref="Multiply"/> makes Y, <see cref="MultiplyTransposedA"/> the gradient X^T dY of W,
/// <see cref="MultiplyTransposedB"/> the gradient dY W^T of X and <see cref="AddColumnSums"/> the gradient of b.
/// </summary>
/// <remarks>
/// Each element of C is one chain of fused multiply-adds in the order of the inner index, whatever the blocking: results are the same
/// bits for every number of threads and every vector width, and those of <see cref="Plain"/>. With e the element of |A| |B| (+ |start|),
/// |C - exact| is at most gamma e, gamma = inner u / (1 - inner u), u = 2^-24, as long as nothing overflows or is subnormal.
/// </remarks>
public static unsafe class MatrixProduct
{
    /// <summary>C = activation(A B + bias); with <paramref name="accumulate"/>, C = activation(C + A B + bias).</summary>
    /// <param name="a">rows x inner.</param>
    /// <param name="b">inner x columns.</param>
    /// <param name="c">rows x columns; must not overlap the inputs.</param>
    /// <param name="rows">Rows of C, at least 0.</param>
    /// <param name="columns">Columns of C, at least 0.</param>
    /// <param name="inner">Terms of each sum, at least 0.</param>
    /// <param name="bias">Empty, or one number for each column: where the sums start.</param>
    /// <param name="activation">Applied to every element last.</param>
    /// <param name="preActivation">Empty, or rows x columns: receives the elements before the activation, which the backward pass needs.</param>
    /// <param name="accumulate">Whether the sums start from what C holds.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">A size is negative, or a matrix has another length than its sizes say.</exception>
    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int rows, int columns, int inner,
        ReadOnlySpan<float> bias = default, Activation activation = Activation.None, Span<float> preActivation = default,
        bool accumulate = false, int threads = 1)
    {
        Check(a.Length, b.Length, c.Length, rows, columns, inner, threads);
        if (!bias.IsEmpty) Check(nameof(bias), bias.Length, 1, columns);
        if (!preActivation.IsEmpty) Check(nameof(preActivation), preActivation.Length, rows, columns);
        Epilogue epilogue = activation == Activation.Gelu ? Epilogue.Gelu : preActivation.IsEmpty ? Epilogue.None : Epilogue.Store;
        Run(a, false, b, false, c, rows, columns, inner, bias, epilogue, preActivation, accumulate, threads);
    }

    /// <summary>C = A^T B, or C + A^T B with <paramref name="accumulate"/>: the gradient of a layer's weights.</summary>
    /// <param name="a">inner x rows.</param>
    /// <param name="b">inner x columns.</param>
    /// <param name="c">rows x columns; must not overlap the inputs.</param>
    /// <param name="rows">Rows of C, at least 0.</param>
    /// <param name="columns">Columns of C, at least 0.</param>
    /// <param name="inner">Terms of each sum, at least 0.</param>
    /// <param name="accumulate">Whether the sums start from what C holds.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">A size is negative, or a matrix has another length than its sizes say.</exception>
    public static void MultiplyTransposedA(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int rows, int columns, int inner,
        bool accumulate = false, int threads = 1)
    {
        Check(a.Length, b.Length, c.Length, rows, columns, inner, threads);
        Run(a, true, b, false, c, rows, columns, inner, default, Epilogue.None, default, accumulate, threads);
    }

    /// <summary>
    /// C = A B^T, or C + A B^T with <paramref name="accumulate"/>: the gradient of a layer's input. With a pre-activation each element is
    /// then multiplied by gelu'(pre-activation), so that C is the gradient of what went into the activation before this layer.
    /// </summary>
    /// <param name="a">rows x inner.</param>
    /// <param name="b">columns x inner.</param>
    /// <param name="c">rows x columns; must not overlap the inputs.</param>
    /// <param name="rows">Rows of C, at least 0.</param>
    /// <param name="columns">Columns of C, at least 0.</param>
    /// <param name="inner">Terms of each sum, at least 0.</param>
    /// <param name="accumulate">Whether the sums start from what C holds.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <param name="geluInput">Empty, or the rows x columns pre-activation of the layer before.</param>
    /// <exception cref="ArgumentException">A size is negative, or a matrix has another length than its sizes say.</exception>
    public static void MultiplyTransposedB(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int rows, int columns, int inner,
        bool accumulate = false, int threads = 1, ReadOnlySpan<float> geluInput = default)
    {
        Check(a.Length, b.Length, c.Length, rows, columns, inner, threads);
        if (!geluInput.IsEmpty) Check(nameof(geluInput), geluInput.Length, rows, columns);
        Epilogue epilogue = geluInput.IsEmpty ? Epilogue.None : Epilogue.GeluGradient;
        Run(a, false, b, true, c, rows, columns, inner, default, epilogue, geluInput, accumulate, threads);
    }

    /// <summary>Adds the rows of a matrix to <paramref name="sums"/>, in order: the gradient of a bias.</summary>
    /// <param name="x">rows x columns.</param>
    /// <param name="sums">One number for each column.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">At least 0.</param>
    /// <exception cref="ArgumentException">A size is negative, or a length is not that of the sizes.</exception>
    public static void AddColumnSums(ReadOnlySpan<float> x, Span<float> sums, int rows, int columns)
    {
        Check(nameof(x), x.Length, rows, columns);
        Check(nameof(sums), sums.Length, 1, columns);
        fixed (float* px = x, pSums = sums)
        {
            for (nint i = 0; i < rows; i++)
            {
                for (nint j = 0; j < columns; j += VectorMath.Width)
                {
                    nint left = columns - j;
                    VectorMath.Store(VectorMath.Load(pSums + j, left) + VectorMath.Load(px + i * columns + j, left), pSums + j, left);
                }
            }
        }
    }

    /// <summary>to[j toStride + i] = from[i fromStride + j], for rows i and columns j.</summary>
    /// <param name="from">rows x fromStride, of which the last row may end after its columns.</param>
    /// <param name="fromStride">At least columns.</param>
    /// <param name="to">columns x toStride, likewise.</param>
    /// <param name="toStride">At least rows.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">At least 0.</param>
    internal static void Transpose(ReadOnlySpan<float> from, int fromStride, Span<float> to, int toStride, int rows, int columns)
    {
        if (rows == 0 || columns == 0) return;
        fixed (float* pFrom = from[..((rows - 1) * fromStride + columns)], pTo = to[..((columns - 1) * toStride + rows)])
            BlockedProduct.Transpose(pFrom, fromStride, pTo, toStride, rows, columns);
    }

    private static void Run(ReadOnlySpan<float> a, bool transposedA, ReadOnlySpan<float> b, bool transposedB, Span<float> c, int rows,
        int columns, int inner, ReadOnlySpan<float> bias, Epilogue epilogue, ReadOnlySpan<float> preActivation, bool accumulate, int threads)
    {
        const nint one = sizeof(float);
        fixed (float* pA = a, pB = b, pC = c, pBias = bias, pPreActivation = preActivation)
        {
            var product = new BlockedProduct
            {
                A = pA,
                ARow = transposedA ? one : inner * one,
                AInner = transposedA ? rows * one : one,
                B = pB,
                BInner = transposedB ? one : columns * one,
                BColumn = transposedB ? inner * one : one,
                C = pC,
                CRow = columns * one,
                Rows = rows,
                Columns = columns,
                Inner = inner,
                Accumulate = accumulate,
                Bias = pBias,
                Epilogue = epilogue,
                PreActivation = pPreActivation,
            };
            BlockedProduct.Run(ref product, threads);
        }
    }

    private static void Check(int a, int b, int c, int rows, int columns, int inner, int threads)
    {
        Check(nameof(a), a, rows, inner);
        Check(nameof(b), b, inner, columns);
        Check(nameof(c), c, rows, columns);
        if (threads < 1) throw new ArgumentOutOfRangeException(nameof(threads), $"number of threads {threads} must be at least 1");
    }

    internal static void Check(string name, int length, int rows, int columns)
    {
        if (rows < 0) throw new ArgumentOutOfRangeException(nameof(rows), $"size {rows} of {name} is negative");
        if (columns < 0) throw new ArgumentOutOfRangeException(nameof(columns), $"size {columns} of {name} is negative");
        if (length != (long)rows * columns) throw new ArgumentException($"{name} holds {length} numbers, not {rows} x {columns}", name);
    }

    /// <summary>The plain twin: three loops, the same chains of fused multiply-adds.</summary>
    public static class Plain
    {
        /// <inheritdoc cref="MatrixProduct.Multiply"/>
        public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int rows, int columns, int inner,
            ReadOnlySpan<float> bias = default, Activation activation = Activation.None, Span<float> preActivation = default,
            bool accumulate = false)
        {
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    float sum = accumulate ? c[i * columns + j] : 0;
                    if (!bias.IsEmpty) sum += bias[j];
                    for (int p = 0; p < inner; p++) sum = MathF.FusedMultiplyAdd(a[i * inner + p], b[p * columns + j], sum);
                    if (!preActivation.IsEmpty) preActivation[i * columns + j] = sum;
                    c[i * columns + j] = activation == Activation.Gelu ? Gelu.Plain.Value(sum) : sum;
                }
            }
        }

        /// <inheritdoc cref="MatrixProduct.MultiplyTransposedA"/>
        public static void MultiplyTransposedA(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int rows, int columns, int inner,
            bool accumulate = false)
        {
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    float sum = accumulate ? c[i * columns + j] : 0;
                    for (int p = 0; p < inner; p++) sum = MathF.FusedMultiplyAdd(a[p * rows + i], b[p * columns + j], sum);
                    c[i * columns + j] = sum;
                }
            }
        }

        /// <inheritdoc cref="MatrixProduct.MultiplyTransposedB"/>
        public static void MultiplyTransposedB(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int rows, int columns, int inner,
            bool accumulate = false, ReadOnlySpan<float> geluInput = default)
        {
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    float sum = accumulate ? c[i * columns + j] : 0;
                    for (int p = 0; p < inner; p++) sum = MathF.FusedMultiplyAdd(a[i * inner + p], b[j * inner + p], sum);
                    c[i * columns + j] = geluInput.IsEmpty ? sum : sum * Gelu.Plain.Derivative(geluInput[i * columns + j]);
                }
            }
        }

        /// <inheritdoc cref="MatrixProduct.AddColumnSums"/>
        public static void AddColumnSums(ReadOnlySpan<float> x, Span<float> sums, int rows, int columns)
        {
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++) sums[j] += x[i * columns + j];
            }
        }
    }
}

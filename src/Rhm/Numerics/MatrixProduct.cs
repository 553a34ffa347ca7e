using System.Numerics;

namespace Rhm.Numerics;

/// <summary>
/// Products of row-major matrices. Every form makes C, rows x columns, as a sum over inner terms; in a layer Y = X W + b with X batch x in
/// and W in x out, <see cref="Multiply"/> makes Y, <see cref="MultiplyTransposedA"/> the gradient X^T dY of W,
/// <see cref="MultiplyTransposedB"/> the gradient dY W^T of X and <see cref="ColumnSums.Add"/> the gradient of b.
/// </summary>
/// <remarks>
/// Each element of C is one chain of fused multiply-adds in the order of the inner index, whatever the blocking: results are the same bits
/// for every number of threads and every vector width, and those of <see cref="Reference"/>. With e the element of |A| |B|
/// (+ |start|), |C - exact| is at most gamma e, gamma = inner u / (1 - inner u), u = 2^-24, as long as nothing overflows or is subnormal.
/// </remarks>
internal static unsafe class MatrixProduct
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
    /// <param name="preActivation">
    /// Empty, or rows x columns: receives the elements before the activation, which the backward pass needs.
    /// </param>
    /// <param name="accumulate">Whether the sums start from what C holds.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">A size is negative, or a matrix has another length than its sizes say.</exception>
    public static void Multiply<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int rows, int columns, int inner,
        ReadOnlySpan<T> bias = default, Activation activation = Activation.None, Span<T> preActivation = default,
        bool accumulate = false, int threads = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(a.Length, b.Length, c.Length, rows, columns, inner, threads);
        if (!bias.IsEmpty) Sizes.Check(nameof(bias), bias.Length, 1, columns);
        if (!preActivation.IsEmpty) Sizes.Check(nameof(preActivation), preActivation.Length, rows, columns);
        if (!Floats.Are<T>())
        {
            Reference.Multiply(a, b, c, rows, columns, inner, bias, activation, preActivation, accumulate);
            return;
        }
        Epilogue epilogue = activation == Activation.Gelu ? Epilogue.Gelu : preActivation.IsEmpty ? Epilogue.None : Epilogue.Store;
        Run(Floats.Of(a), false, Floats.Of(b), false, Floats.Of(c), rows, columns, inner, Floats.Of(bias), epilogue,
            Floats.Of(preActivation), accumulate, threads);
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
    public static void MultiplyTransposedA<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int rows, int columns, int inner,
        bool accumulate = false, int threads = 1) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(a.Length, b.Length, c.Length, rows, columns, inner, threads);
        if (!Floats.Are<T>())
        {
            Reference.MultiplyTransposedA(a, b, c, rows, columns, inner, accumulate);
            return;
        }
        Run(Floats.Of(a), true, Floats.Of(b), false, Floats.Of(c), rows, columns, inner, default, Epilogue.None, default, accumulate,
            threads);
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
    public static void MultiplyTransposedB<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int rows, int columns, int inner,
        bool accumulate = false, int threads = 1, ReadOnlySpan<T> geluInput = default) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(a.Length, b.Length, c.Length, rows, columns, inner, threads);
        if (!geluInput.IsEmpty) Sizes.Check(nameof(geluInput), geluInput.Length, rows, columns);
        if (!Floats.Are<T>())
        {
            Reference.MultiplyTransposedB(a, b, c, rows, columns, inner, accumulate, geluInput);
            return;
        }
        Epilogue epilogue = geluInput.IsEmpty ? Epilogue.None : Epilogue.GeluGradient;
        Run(Floats.Of(a), false, Floats.Of(b), true, Floats.Of(c), rows, columns, inner, default, epilogue, Floats.Of(geluInput),
            accumulate, threads);
    }

    private static void Run(ReadOnlySpan<float> a, bool transposedA, ReadOnlySpan<float> b, bool transposedB, Span<float> c, int rows,
        int columns, int inner, ReadOnlySpan<float> bias, Epilogue epilogue, ReadOnlySpan<float> preActivation, bool accumulate,
        int threads)
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
        Sizes.Check(nameof(a), a, rows, inner);
        Sizes.Check(nameof(b), b, inner, columns);
        Sizes.Check(nameof(c), c, rows, columns);
        if (threads < 1) throw new ArgumentOutOfRangeException(nameof(threads), $"number of threads {threads} must be at least 1");
    }

    /// <summary>The reference: three loops, the same chains of fused multiply-adds.</summary>
    public static class Reference
    {
        /// <inheritdoc cref="MatrixProduct.Multiply"/>
        public static void Multiply<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int rows, int columns, int inner,
            ReadOnlySpan<T> bias = default, Activation activation = Activation.None, Span<T> preActivation = default,
            bool accumulate = false) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    T sum = accumulate ? c[i * columns + j] : T.Zero;
                    if (!bias.IsEmpty) sum += bias[j];
                    for (int p = 0; p < inner; p++) sum = T.FusedMultiplyAdd(a[i * inner + p], b[p * columns + j], sum);
                    if (!preActivation.IsEmpty) preActivation[i * columns + j] = sum;
                    c[i * columns + j] = activation == Activation.Gelu ? Gelu.Reference.Value(sum) : sum;
                }
            }
        }

        /// <inheritdoc cref="MatrixProduct.MultiplyTransposedA"/>
        public static void MultiplyTransposedA<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int rows, int columns, int inner,
            bool accumulate = false) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    T sum = accumulate ? c[i * columns + j] : T.Zero;
                    for (int p = 0; p < inner; p++) sum = T.FusedMultiplyAdd(a[p * rows + i], b[p * columns + j], sum);
                    c[i * columns + j] = sum;
                }
            }
        }

        /// <inheritdoc cref="MatrixProduct.MultiplyTransposedB"/>
        public static void MultiplyTransposedB<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int rows, int columns, int inner,
            bool accumulate = false, ReadOnlySpan<T> geluInput = default) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    T sum = accumulate ? c[i * columns + j] : T.Zero;
                    for (int p = 0; p < inner; p++) sum = T.FusedMultiplyAdd(a[i * inner + p], b[j * inner + p], sum);
                    c[i * columns + j] = geluInput.IsEmpty ? sum : sum * Gelu.Reference.Derivative(geluInput[i * columns + j]);
                }
            }
        }
    }
}

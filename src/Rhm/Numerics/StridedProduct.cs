using System.Numerics;
using Rhm.Parallelism;

namespace Rhm.Numerics;

/// <summary>
/// Many small products in one call, wherever their matrices lie: the scores Q K^T and the mixtures P V of attention, and their gradients,
/// are products of heads that are read and written where the projections leave them.
/// </summary>
/// <remarks>
/// Bounded as <see cref="BlockedProduct"/>; with as few rows as columns the copy of B and the ends of the tiles weigh more:
/// 75% of the peak at 64 x 64 x 32, 40% at 16 x 16 x 32.
/// The same chains of fused multiply-adds as in <see cref="MatrixProduct"/>: the same bits for any number of threads.
/// </remarks>
internal static unsafe class StridedProduct
{
    /// <summary>C = A B for every head of every sequence; C + A B with <paramref name="accumulate"/>.</summary>
    /// <param name="a">Matrices rows x inner.</param>
    /// <param name="layoutA">Where they lie.</param>
    /// <param name="b">Matrices inner x columns.</param>
    /// <param name="layoutB">Where they lie; the step of rows or of columns is 1.</param>
    /// <param name="c">Matrices rows x columns, which overlap neither each other nor the inputs.</param>
    /// <param name="layoutC">Where they lie; the step of columns is 1.</param>
    /// <param name="sequences">At least 0.</param>
    /// <param name="heads">At least 0.</param>
    /// <param name="rows">Rows of each C, at least 0.</param>
    /// <param name="columns">Columns of each C, at least 0.</param>
    /// <param name="inner">Terms of each sum, at least 0.</param>
    /// <param name="accumulate">Whether the sums start from what C holds.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <param name="bias">
    /// Empty, or one number for each column, from which the sums start (added to what C holds with <paramref name="accumulate"/>).
    /// </param>
    /// <exception cref="ArgumentException">
    /// A size or step is negative, an array ends before its last matrix does, or no step is 1.
    /// </exception>
    public static void Multiply<T>(ReadOnlySpan<T> a, MatrixLayout layoutA, ReadOnlySpan<T> b, MatrixLayout layoutB, Span<T> c,
        MatrixLayout layoutC, int sequences, int heads, int rows, int columns, int inner, bool accumulate = false, int threads = 1,
        ReadOnlySpan<T> bias = default) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!bias.IsEmpty) Sizes.Check(nameof(bias), bias.Length, 1, columns);
        Check(nameof(a), a.Length, layoutA, sequences, heads, rows, inner);
        Check(nameof(b), b.Length, layoutB, sequences, heads, inner, columns);
        Check(nameof(c), c.Length, layoutC, sequences, heads, rows, columns);
        if (layoutB.Row != 1 && layoutB.Column != 1)
            throw new ArgumentException($"neither step of b, {layoutB.Row} and {layoutB.Column}, is 1", nameof(layoutB));
        if (layoutC.Column != 1)
            throw new ArgumentException($"step {layoutC.Column} of the columns of c is not 1", nameof(layoutC));
        if (threads < 1) throw new ArgumentOutOfRangeException(nameof(threads), $"number of threads {threads} must be at least 1");
        if (!Floats.Are<T>())
        {
            Reference.Multiply(a, layoutA, b, layoutB, c, layoutC, sequences, heads, rows, columns, inner, accumulate, bias);
            return;
        }
        fixed (float* pA = Floats.Of(a), pB = Floats.Of(b), pC = Floats.Of(c), pBias = Floats.Of(bias))
        {
            var batch = new Batch
            {
                First = new BlockedProduct
                {
                    A = pA,
                    ARow = (nint)layoutA.Row * sizeof(float),
                    AInner = (nint)layoutA.Column * sizeof(float),
                    B = pB,
                    BInner = (nint)layoutB.Row * sizeof(float),
                    BColumn = (nint)layoutB.Column * sizeof(float),
                    C = pC,
                    CRow = (nint)layoutC.Row * sizeof(float),
                    Rows = rows,
                    Columns = columns,
                    Inner = inner,
                    Accumulate = accumulate,
                    Bias = pBias,
                },
                A = layoutA,
                B = layoutB,
                C = layoutC,
                Heads = heads,
                Count = sequences * heads,
            };
            bool small = (long)rows * columns * inner * batch.Count < BlockedProduct.SmallestShared;
            Workers.Run(small ? 1 : threads, &batch, &RunPart);
        }
    }

    private static void RunPart(void* state, int part, int parts)
    {
        ref readonly Batch batch = ref *(Batch*)state;
        int end = (int)((long)batch.Count * (part + 1) / parts);
        for (int i = (int)((long)batch.Count * part / parts); i < end; i++)
        {
            BlockedProduct product = batch.First;
            product.A += batch.A.Start(i, batch.Heads);
            product.B += batch.B.Start(i, batch.Heads);
            product.C += batch.C.Start(i, batch.Heads);
            product.Compute();
        }
    }

    private struct Batch
    {
        public BlockedProduct First;
        public MatrixLayout A, B, C;
        public int Heads, Count;
    }

    private static nint Start(this MatrixLayout layout, int matrix, int heads) =>
        (nint)(matrix / heads) * layout.Sequence + (nint)(matrix % heads) * layout.Head;

    private static void Check(string name, int length, MatrixLayout layout, int sequences, int heads, int rows, int columns)
    {
        if (sequences < 0 || heads < 0 || rows < 0 || columns < 0)
        {
            throw new ArgumentException(
                $"a size of {name}, {sequences} sequences of {heads} heads of {rows} x {columns}, is negative", name);
        }
        if (layout.Row < 0 || layout.Column < 0 || layout.Head < 0 || layout.Sequence < 0)
            throw new ArgumentException($"a step of {name}, {layout}, is negative", name);
        if (sequences == 0 || heads == 0 || rows == 0 || columns == 0) return;
        long matrix = (sequences - 1L) * layout.Sequence + (heads - 1L) * layout.Head;
        long last = matrix + (rows - 1L) * layout.Row + (columns - 1L) * layout.Column;
        if (last >= length)
            throw new ArgumentException($"{name} holds {length} numbers, but its last matrix ends at number {last}", name);
    }

    /// <summary>The reference: loops, the same chains of fused multiply-adds.</summary>
    public static class Reference
    {
        /// <inheritdoc cref="StridedProduct.Multiply"/>
        public static void Multiply<T>(ReadOnlySpan<T> a, MatrixLayout layoutA, ReadOnlySpan<T> b, MatrixLayout layoutB, Span<T> c,
            MatrixLayout layoutC, int sequences, int heads, int rows, int columns, int inner, bool accumulate = false,
            ReadOnlySpan<T> bias = default) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int matrix = 0; matrix < sequences * heads; matrix++)
            {
                int a0 = (int)layoutA.Start(matrix, heads), b0 = (int)layoutB.Start(matrix, heads), c0 = (int)layoutC.Start(matrix, heads);
                for (int i = 0; i < rows; i++)
                {
                    for (int j = 0; j < columns; j++)
                    {
                        ref T element = ref c[c0 + i * layoutC.Row + j * layoutC.Column];
                        T sum = (accumulate ? element : T.Zero) + (bias.IsEmpty ? T.Zero : bias[j]);
                        int atA = a0 + i * layoutA.Row, atB = b0 + j * layoutB.Column;
                        for (int p = 0; p < inner; p++)
                            sum = T.FusedMultiplyAdd(a[atA + p * layoutA.Column], b[atB + p * layoutB.Row], sum);
                        element = sum;
                    }
                }
            }
        }
    }
}

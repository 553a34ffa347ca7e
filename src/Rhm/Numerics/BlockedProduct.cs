using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Rhm.Parallelism;

namespace Rhm.Numerics;

/// <summary>
/// A matrix product cut into tiles (the scheme of Goto and van de Geijn, ACM TOMS 34(3), 2008): panels of B, two vectors wide, are copied
/// so that a tile reads them in order and they stay in the first-level cache; blocks of rows of A stay in the second level and are read
/// where they are, since a tile only ever needs single numbers of them.
/// </summary>
/// <remarks>
/// Bounded by multiply-adds, 2 x 16 a cycle at 512 bits. What stands between: the start and end of each tile (its registers are cleared,
/// and written back at one vector a cycle), so a tile with a short inner index loses more, and the copy of B, which many rows share.
/// Measured on one Zen 5 core: 93% of the peak at 864 x 48 x 160, 95% at 864 x 160 x 160, 96% at 4096 x 160 x 160; 93% at 512 x 512 x 512,
/// where rows of A lie a power of two apart and collide in the cache.
/// </remarks>
internal unsafe struct BlockedProduct
{
    // Strides in bytes: of A from row to row and along the inner index, of B along the inner index and from column to column.
    public float* A;
    public nint ARow, AInner;
    public float* B;
    public nint BInner, BColumn;
    public float* C;
    public nint CRow;
    public int Rows, Columns, Inner;
    public bool Accumulate;
    public float* Bias;

    /// <summary>Applied to a tile right after its last block, while it is in the first-level cache.</summary>
    public Epilogue Epilogue;

    /// <summary>Rows x columns, stride as C: written or read by the epilogue.</summary>
    public float* PreActivation;

    /// <summary>Terms of the inner index done at once: a panel of B (32 x 256 floats, 32 KiB) then leaves room for A in 48 KiB.</summary>
    private const int InnerBlock = 256;

    /// <summary>Numbers of A in a block of rows: 256 KiB, a quarter of the second-level cache.</summary>
    private const int RowBlockSize = 65536;

    /// <summary>Columns of B copied at once: at most 1 MiB.</summary>
    private const int ColumnBlock = 1024;

    /// <summary>Below so many multiply-adds, a few microseconds, other threads are not worth their call.</summary>
    public const long SmallestShared = 400_000;

    /// <summary>With fewer rows B is used where it is: copying it would cost as much as the product.</summary>
    private const int FewRows = 18;

    [ThreadStatic]
    private static float[]? s_scratch;

    public static void Run(ref BlockedProduct product, int threads)
    {
        if ((long)product.Rows * product.Columns * product.Inner < SmallestShared) threads = 1;
        fixed (BlockedProduct* p = &product) Workers.Run(threads, p, &RunPart);
    }

    /// <summary>One cell of a grid over C. The grid is the one whose largest cell costs least, with the copies of B counted.</summary>
    private static void RunPart(void* state, int part, int parts)
    {
        BlockedProduct product = *(BlockedProduct*)state;
        (int height, int width) = Vector512.IsHardwareAccelerated ? (12, 32) : (6, 2 * Vector<float>.Count);
        int copy = product.Rows < FewRows ? 0 : product.BColumn == sizeof(float) ? 4 : 16;
        int acrossRows = 1;
        long least = long.MaxValue;
        for (int r = 1; r <= parts; r++)
        {
            if (parts % r != 0) continue;
            long cell = Share(product.Columns, width, parts / r) * (Share(product.Rows, height, r) + copy);
            if (cell < least) (least, acrossRows) = (cell, r);
        }
        int acrossColumns = parts / acrossRows;
        (int row, int rowEnd) = Cut(product.Rows, height, part / acrossColumns, acrossRows);
        (int column, int columnEnd) = Cut(product.Columns, width, part % acrossColumns, acrossColumns);
        product.Restrict(row, rowEnd - row, column, columnEnd - column);
        product.Compute();
    }

    /// <summary>The whole product on this thread.</summary>
    public void Compute()
    {
        if (Vector512.IsHardwareAccelerated) Multiply<Vector512<float>, MatrixTile.Operations512>();
        else Multiply<Vector<float>, MatrixTile.Operations>();
    }

    private static long Share(int size, int unit, int parts) => ((size + unit - 1) / unit + parts - 1) / parts * (long)unit;

    private static (int Start, int End) Cut(int size, int unit, int part, int parts)
    {
        int units = (size + unit - 1) / unit;
        return (Math.Min(size, (int)((long)units * part / parts) * unit), Math.Min(size, (int)((long)units * (part + 1) / parts) * unit));
    }

    private void Restrict(int row, int rows, int column, int columns)
    {
        A = (float*)((byte*)A + row * ARow);
        B = (float*)((byte*)B + column * BColumn);
        C = (float*)((byte*)C + row * CRow) + column;
        if (Bias is not null) Bias += column;
        if (PreActivation is not null) PreActivation = (float*)((byte*)PreActivation + row * CRow) + column;
        (Rows, Columns) = (rows, columns);
    }

    private void Multiply<T, TOps>()
        where T : struct
        where TOps : MatrixTile.IOperations<T>
    {
        if (Rows == 0 || Columns == 0) return;
        int lane = Unsafe.SizeOf<T>() / sizeof(float), width = 2 * lane, height = TOps.Rows;
        int blocks = Math.Max(1, (Inner + InnerBlock - 1) / InnerBlock);
        int columnBlock = Math.Min(ColumnBlock, (Columns + width - 1) / width * width);
        bool copyAll = Rows >= FewRows || BColumn != sizeof(float);
        int copied = (Inner + blocks - 1) / blocks * columnBlock;
        float* copy = Scratch(height * width + width + copied, out float* edge, height * width, out float* edgeBias, width);
        for (int columns0 = 0; columns0 < Columns; columns0 += columnBlock)
        {
            int columns = Math.Min(columnBlock, Columns - columns0);
            for (int block = 0; block < blocks; block++)
            {
                int inner0 = (int)((long)Inner * block / blocks), inner = (int)((long)Inner * (block + 1) / blocks) - inner0;
                bool first = block == 0, last = block == blocks - 1;
                byte* b = (byte*)B + columns0 * BColumn + inner0 * BInner;
                int panels = columns / width * width;
                if (copyAll) CopyPanels<T, TOps>(b, copy, columns, inner);
                else if (panels < columns) CopyPanels<T, TOps>(b + panels * sizeof(float), copy + panels * inner, columns - panels, inner);
                int rowBlock = Math.Max(1, RowBlockSize / Math.Max(1, inner) / height) * height;
                for (int rows0 = 0; rows0 < Rows; rows0 += rowBlock)
                {
                    int rowsEnd = Math.Min(Rows, rows0 + rowBlock);
                    for (int j = 0; j < columns; j += width)
                    {
                        int used = Math.Min(width, columns - j);
                        bool wide = used > lane, whole = used == (wide ? width : lane);
                        byte* panel = copyAll || used < width ? (byte*)(copy + j * inner) : b + j * BColumn;
                        nint stride = copyAll || used < width ? (wide ? width : lane) * sizeof(float) : BInner;
                        float* bias = null;
                        if (first && Bias is not null)
                        {
                            bias = Bias + columns0 + j;
                            if (!whole)
                            {
                                new Span<float>(edgeBias, width).Clear();
                                new ReadOnlySpan<float>(bias, used).CopyTo(new Span<float>(edgeBias, width));
                                bias = edgeBias;
                            }
                        }
                        for (int i = rows0, rows; i < rowsEnd; i += rows)
                        {
                            int left = rowsEnd - i;
                            rows = left >= height ? height : left >= 6 ? 6 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
                            byte* a = (byte*)A + i * ARow + inner0 * AInner;
                            float* c = (float*)((byte*)C + i * CRow) + columns0 + j;
                            bool accumulate = Accumulate || !first;
                            if (whole)
                            {
                                Tile<T, TOps>(rows, wide, a, panel, stride, (byte*)c, CRow, inner, accumulate, bias);
                            }
                            else
                            {
                                if (accumulate) CopyTile((byte*)c, CRow, (byte*)edge, width * sizeof(float), rows, used);
                                Tile<T, TOps>(rows, wide, a, panel, stride, (byte*)edge, width * sizeof(float), inner, accumulate, bias);
                                CopyTile((byte*)edge, width * sizeof(float), (byte*)c, CRow, rows, used);
                            }
                            if (last && Epilogue != Epilogue.None) Finish(i, columns0 + j, rows, used);
                        }
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Tile<T, TOps>(int rows, bool wide, byte* a, byte* b, nint bInner, byte* c, nint cRow, int inner, bool accumulate,
        float* bias)
        where T : struct
        where TOps : MatrixTile.IOperations<T>
    {
        switch (rows, wide)
        {
            case (12, true):
                MatrixTile.Multiply<T, TOps, MatrixTile.Rows12Wide>(a, ARow, AInner, b, bInner, c, cRow, inner, accumulate, bias);
                break;
            case (12, false):
                MatrixTile.Multiply<T, TOps, MatrixTile.Rows12>(a, ARow, AInner, b, bInner, c, cRow, inner, accumulate, bias);
                break;
            case (6, true):
                MatrixTile.Multiply<T, TOps, MatrixTile.Rows6Wide>(a, ARow, AInner, b, bInner, c, cRow, inner, accumulate, bias);
                break;
            case (6, false):
                MatrixTile.Multiply<T, TOps, MatrixTile.Rows6>(a, ARow, AInner, b, bInner, c, cRow, inner, accumulate, bias);
                break;
            case (4, true):
                MatrixTile.Multiply<T, TOps, MatrixTile.Rows4Wide>(a, ARow, AInner, b, bInner, c, cRow, inner, accumulate, bias);
                break;
            case (4, false):
                MatrixTile.Multiply<T, TOps, MatrixTile.Rows4>(a, ARow, AInner, b, bInner, c, cRow, inner, accumulate, bias);
                break;
            case (2, true):
                MatrixTile.Multiply<T, TOps, MatrixTile.Rows2Wide>(a, ARow, AInner, b, bInner, c, cRow, inner, accumulate, bias);
                break;
            case (2, false):
                MatrixTile.Multiply<T, TOps, MatrixTile.Rows2>(a, ARow, AInner, b, bInner, c, cRow, inner, accumulate, bias);
                break;
            case (_, true):
                MatrixTile.Multiply<T, TOps, MatrixTile.Rows1Wide>(a, ARow, AInner, b, bInner, c, cRow, inner, accumulate, bias);
                break;
            case (_, false):
                MatrixTile.Multiply<T, TOps, MatrixTile.Rows1>(a, ARow, AInner, b, bInner, c, cRow, inner, accumulate, bias);
                break;
        }
    }

    /// <summary>Panels of B one after the other, in each its columns side by side, zeros up to the width of the last panel.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly void CopyPanels<T, TOps>(byte* b, float* copy, int columns, int inner)
        where T : struct
        where TOps : MatrixTile.IOperations<T>
    {
        int lane = Unsafe.SizeOf<T>() / sizeof(float), width = 2 * lane, whole = columns / width * width;
        int rest = columns - whole, restWidth = rest <= lane ? lane : width;
        if (BColumn == sizeof(float))
        {
            // Row by row through all panels: rows lie far apart, so a panel alone would jump through memory.
            for (int p = 0; p < inner; p++, b += BInner)
            {
                float* row = (float*)b, to = copy + p * width;
                for (int j = 0; j < whole; j += width, to += (nint)inner * width)
                {
                    TOps.Store(TOps.Load(row + j), to);
                    TOps.Store(TOps.Load(row + j + lane), to + lane);
                }
                if (rest > 0) CopyNumbers(row + whole, rest, copy + (nint)whole * inner + p * restWidth, restWidth);
            }
            return;
        }
        for (int j = 0; j < columns; j += width)
        {
            CopyColumns(b + j * BColumn, copy + (nint)j * inner, inner, Math.Min(width, columns - j), j < whole ? width : restWidth);
        }
    }

    /// <summary>One panel of columns that are contiguous each.</summary>
    private readonly void CopyColumns(byte* b, float* panel, int inner, int used, int width)
    {
        Transpose((float*)b, (int)(BColumn / sizeof(float)), panel, width, used, inner);
        for (int p = 0; p < inner && used < width; p++) new Span<float>(panel + p * width + used, width - used).Clear();
    }

    /// <summary>to[p toStride + j] = from[j fromStride + p], for rows j and columns p.</summary>
    public static void Transpose(float* from, nint fromStride, float* to, int toStride, int rows, int columns)
    {
        int j = 0;
        for (; Avx512F.IsSupported && j <= rows - 16; j += 16)
            CopySixteenColumns((byte*)(from + j * fromStride), fromStride * sizeof(float), to + j, toStride, columns);
        for (; Sse.IsSupported && j <= rows - 4; j += 4)
            CopyFourColumns(from + j * fromStride, fromStride * sizeof(float), to + j, toStride, columns);
        for (; j < rows; j++)
        {
            float* row = from + j * fromStride;
            for (int p = 0; p < columns; p++) to[(nint)p * toStride + j] = row[p];
        }
    }

    /// <summary>
    /// Four numbers of each column at a time: a vector holds those of columns k, k+4, k+8, k+12, and squares of 4 x 4 are transposed in its
    /// quarters.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void CopySixteenColumns(byte* columns, nint stride, float* panel, int width, int inner)
    {
        int p = 0;
        for (; p <= inner - 4; p += 4)
        {
            byte* at = columns + p * sizeof(float);
            Vector512<float> x0 = Every4(at, stride), x1 = Every4(at + stride, stride);
            Vector512<float> x2 = Every4(at + 2 * stride, stride), x3 = Every4(at + 3 * stride, stride);
            Vector512<double> low01 = Avx512F.UnpackLow(x0, x1).AsDouble(), low23 = Avx512F.UnpackLow(x2, x3).AsDouble();
            Vector512<double> high01 = Avx512F.UnpackHigh(x0, x1).AsDouble(), high23 = Avx512F.UnpackHigh(x2, x3).AsDouble();
            float* to = panel + p * width;
            Avx512F.UnpackLow(low01, low23).AsSingle().Store(to);
            Avx512F.UnpackHigh(low01, low23).AsSingle().Store(to + width);
            Avx512F.UnpackLow(high01, high23).AsSingle().Store(to + 2 * width);
            Avx512F.UnpackHigh(high01, high23).AsSingle().Store(to + 3 * width);
        }
        for (; p < inner; p++)
        {
            for (int j = 0; j < 16; j++) panel[p * width + j] = ((float*)(columns + j * stride))[p];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Every4(byte* column, nint stride)
    {
        Vector512<float> x = Vector128.Load((float*)column).ToVector256Unsafe().ToVector512Unsafe();
        x = Avx512F.InsertVector128(x, Vector128.Load((float*)(column + 4 * stride)), 1);
        x = Avx512F.InsertVector128(x, Vector128.Load((float*)(column + 8 * stride)), 2);
        return Avx512F.InsertVector128(x, Vector128.Load((float*)(column + 12 * stride)), 3);
    }

    /// <summary>Four columns, each contiguous: squares of 4 x 4 are transposed in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyFourColumns(float* columns, nint stride, float* panel, int width, int inner)
    {
        float* c0 = columns, c1 = (float*)((byte*)columns + stride);
        float* c2 = (float*)((byte*)columns + 2 * stride), c3 = (float*)((byte*)columns + 3 * stride);
        int p = 0;
        for (; p <= inner - 4; p += 4)
        {
            Vector128<float> x0 = Vector128.Load(c0 + p), x1 = Vector128.Load(c1 + p);
            Vector128<float> x2 = Vector128.Load(c2 + p), x3 = Vector128.Load(c3 + p);
            Vector128<float> low01 = Sse.UnpackLow(x0, x1), low23 = Sse.UnpackLow(x2, x3);
            Vector128<float> high01 = Sse.UnpackHigh(x0, x1), high23 = Sse.UnpackHigh(x2, x3);
            float* to = panel + p * width;
            Sse.MoveLowToHigh(low01, low23).Store(to);
            Sse.MoveHighToLow(low23, low01).Store(to + width);
            Sse.MoveLowToHigh(high01, high23).Store(to + 2 * width);
            Sse.MoveHighToLow(high23, high01).Store(to + 3 * width);
        }
        for (; p < inner; p++)
        {
            float* to = panel + p * width;
            (to[0], to[1], to[2], to[3]) = (c0[p], c1[p], c2[p], c3[p]);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CopyTile(byte* from, nint fromRow, byte* to, nint toRow, int rows, int columns)
    {
        for (int i = 0; i < rows; i++) CopyNumbers((float*)(from + i * fromRow), columns, (float*)(to + i * toRow), columns);
    }

    /// <summary>The first numbers of a row, then zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyNumbers(float* from, int count, float* to, int width)
    {
        for (int k = 0; k < width; k += VectorMath.Width) VectorMath.Store(VectorMath.Load(from + k, count - k), to + k, width - k);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly void Finish(int row, int column, int rows, int columns)
    {
        for (int i = row; i < row + rows; i++)
        {
            float* c = (float*)((byte*)C + i * CRow) + column;
            float* pre = PreActivation is null ? null : (float*)((byte*)PreActivation + i * CRow) + column;
            if (Epilogue == Epilogue.GeluGradient)
            {
                Gelu.Map(pre, c, c, columns);
                continue;
            }
            if (pre is not null) CopyNumbers(c, columns, pre, columns);
            if (Epilogue == Epilogue.Gelu) Gelu.Map(c, null, c, columns);
        }
    }

    /// <summary>Memory of this thread, aligned to 64 bytes, cut in three.</summary>
    private static float* Scratch(int size, out float* edge, int edgeSize, out float* edgeBias, int biasSize)
    {
        if (s_scratch is null || s_scratch.Length < size + 16) s_scratch = GC.AllocateUninitializedArray<float>(size + 16, pinned: true);
        edge = (float*)(((nuint)Unsafe.AsPointer(ref s_scratch[0]) + 63) & ~(nuint)63);
        edgeBias = edge + edgeSize;
        return edgeBias + biasSize;
    }
}

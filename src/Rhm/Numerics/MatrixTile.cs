using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rhm.Numerics;

/// <summary>
/// The innermost part of a matrix product: a tile of C stays in registers while the inner index runs; each step loads one row of B
/// (one or two vectors) and, for each row of the tile, one number of A, and does one fused multiply-add per register.
/// </summary>
/// <remarks>
/// Bounded by the multiply-add units, two vectors a cycle. The tile is what the registers hold: 12 rows x 2 vectors = 24 of 32 at 512 bits,
/// 6 x 2 = 12 of 16 at 256, so that a step's 24 (12) multiply-adds need only 14 (8) loads and no sum waits for the one before it.
/// </remarks>
internal static unsafe class MatrixTile
{
    /// <summary>Rows x vectors of a tile.</summary>
    public interface IShape
    {
        static abstract int Rows { get; }

        static abstract bool Wide { get; }
    }

    /// <summary>What a tile needs from a vector type T.</summary>
    public interface IOperations<T>
    {
        /// <summary>Rows of the largest tile that the registers hold.</summary>
        static abstract int Rows { get; }

        static abstract T Load(float* address);

        static abstract void Store(T value, float* address);

        static abstract T Broadcast(float value);

        /// <summary>x y + z, rounded once.</summary>
        static abstract T MultiplyAdd(T x, T y, T z);

        static abstract T Add(T x, T y);
    }

    /// <summary>
    /// C = start + A B for one tile, start being C itself or 0, plus the bias if there is one. Strides are in bytes, since they are
    /// added to addresses as they are.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T, TOps, TShape>(byte* a, nint aRow, nint aInner, byte* b, nint bInner, byte* c, nint cRow, int inner,
        bool accumulate, float* bias)
        where T : struct
        where TOps : IOperations<T>
        where TShape : IShape
    {
        T x0 = default, y0 = default, x1 = default, y1 = default, x2 = default, y2 = default, x3 = default, y3 = default;
        T x4 = default, y4 = default, x5 = default, y5 = default, x6 = default, y6 = default, x7 = default, y7 = default;
        T x8 = default, y8 = default, x9 = default, y9 = default, x10 = default, y10 = default, x11 = default, y11 = default;
        byte* a0 = a, a1 = a + 3 * aRow, a2 = a + 6 * aRow, a3 = a + 9 * aRow;
        byte* c0 = c, c1 = c + 3 * cRow, c2 = c + 6 * cRow, c3 = c + 9 * cRow;
        if (accumulate)
        {
            Load<T, TOps, TShape>(c0, ref x0, ref y0);
            if (TShape.Rows >= 2) Load<T, TOps, TShape>(c0 + cRow, ref x1, ref y1);
            if (TShape.Rows >= 4)
            {
                Load<T, TOps, TShape>(c0 + 2 * cRow, ref x2, ref y2);
                Load<T, TOps, TShape>(c1, ref x3, ref y3);
            }
            if (TShape.Rows >= 6)
            {
                Load<T, TOps, TShape>(c1 + cRow, ref x4, ref y4);
                Load<T, TOps, TShape>(c1 + 2 * cRow, ref x5, ref y5);
            }
            if (TShape.Rows >= 12)
            {
                Load<T, TOps, TShape>(c2, ref x6, ref y6);
                Load<T, TOps, TShape>(c2 + cRow, ref x7, ref y7);
                Load<T, TOps, TShape>(c2 + 2 * cRow, ref x8, ref y8);
                Load<T, TOps, TShape>(c3, ref x9, ref y9);
                Load<T, TOps, TShape>(c3 + cRow, ref x10, ref y10);
                Load<T, TOps, TShape>(c3 + 2 * cRow, ref x11, ref y11);
            }
        }
        if (bias is not null)
        {
            T d0 = TOps.Load(bias), d1 = TShape.Wide ? TOps.Load((float*)((byte*)bias + Unsafe.SizeOf<T>())) : default;
            Add<T, TOps, TShape>(d0, d1, ref x0, ref y0);
            if (TShape.Rows >= 2) Add<T, TOps, TShape>(d0, d1, ref x1, ref y1);
            if (TShape.Rows >= 4)
            {
                Add<T, TOps, TShape>(d0, d1, ref x2, ref y2);
                Add<T, TOps, TShape>(d0, d1, ref x3, ref y3);
            }
            if (TShape.Rows >= 6)
            {
                Add<T, TOps, TShape>(d0, d1, ref x4, ref y4);
                Add<T, TOps, TShape>(d0, d1, ref x5, ref y5);
            }
            if (TShape.Rows >= 12)
            {
                Add<T, TOps, TShape>(d0, d1, ref x6, ref y6);
                Add<T, TOps, TShape>(d0, d1, ref x7, ref y7);
                Add<T, TOps, TShape>(d0, d1, ref x8, ref y8);
                Add<T, TOps, TShape>(d0, d1, ref x9, ref y9);
                Add<T, TOps, TShape>(d0, d1, ref x10, ref y10);
                Add<T, TOps, TShape>(d0, d1, ref x11, ref y11);
            }
        }
        for (int p = 0; p < inner; p++)
        {
            T b0 = TOps.Load((float*)b), b1 = TShape.Wide ? TOps.Load((float*)(b + Unsafe.SizeOf<T>())) : default;
            Step<T, TOps, TShape>(a0, b0, b1, ref x0, ref y0);
            if (TShape.Rows >= 2) Step<T, TOps, TShape>(a0 + aRow, b0, b1, ref x1, ref y1);
            if (TShape.Rows >= 4)
            {
                Step<T, TOps, TShape>(a0 + 2 * aRow, b0, b1, ref x2, ref y2);
                Step<T, TOps, TShape>(a1, b0, b1, ref x3, ref y3);
            }
            if (TShape.Rows >= 6)
            {
                Step<T, TOps, TShape>(a1 + aRow, b0, b1, ref x4, ref y4);
                Step<T, TOps, TShape>(a1 + 2 * aRow, b0, b1, ref x5, ref y5);
            }
            if (TShape.Rows >= 12)
            {
                Step<T, TOps, TShape>(a2, b0, b1, ref x6, ref y6);
                Step<T, TOps, TShape>(a2 + aRow, b0, b1, ref x7, ref y7);
                Step<T, TOps, TShape>(a2 + 2 * aRow, b0, b1, ref x8, ref y8);
                Step<T, TOps, TShape>(a3, b0, b1, ref x9, ref y9);
                Step<T, TOps, TShape>(a3 + aRow, b0, b1, ref x10, ref y10);
                Step<T, TOps, TShape>(a3 + 2 * aRow, b0, b1, ref x11, ref y11);
            }
            a0 += aInner;
            a1 += aInner;
            a2 += aInner;
            a3 += aInner;
            b += bInner;
        }
        Store<T, TOps, TShape>(c0, x0, y0);
        if (TShape.Rows >= 2) Store<T, TOps, TShape>(c0 + cRow, x1, y1);
        if (TShape.Rows >= 4)
        {
            Store<T, TOps, TShape>(c0 + 2 * cRow, x2, y2);
            Store<T, TOps, TShape>(c1, x3, y3);
        }
        if (TShape.Rows >= 6)
        {
            Store<T, TOps, TShape>(c1 + cRow, x4, y4);
            Store<T, TOps, TShape>(c1 + 2 * cRow, x5, y5);
        }
        if (TShape.Rows >= 12)
        {
            Store<T, TOps, TShape>(c2, x6, y6);
            Store<T, TOps, TShape>(c2 + cRow, x7, y7);
            Store<T, TOps, TShape>(c2 + 2 * cRow, x8, y8);
            Store<T, TOps, TShape>(c3, x9, y9);
            Store<T, TOps, TShape>(c3 + cRow, x10, y10);
            Store<T, TOps, TShape>(c3 + 2 * cRow, x11, y11);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<T, TOps, TShape>(byte* c, ref T x, ref T y)
        where T : struct
        where TOps : IOperations<T>
        where TShape : IShape
    {
        x = TOps.Load((float*)c);
        if (TShape.Wide) y = TOps.Load((float*)(c + Unsafe.SizeOf<T>()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<T, TOps, TShape>(T d0, T d1, ref T x, ref T y)
        where T : struct
        where TOps : IOperations<T>
        where TShape : IShape
    {
        x = TOps.Add(x, d0);
        if (TShape.Wide) y = TOps.Add(y, d1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<T, TOps, TShape>(byte* a, T b0, T b1, ref T x, ref T y)
        where T : struct
        where TOps : IOperations<T>
        where TShape : IShape
    {
        T value = TOps.Broadcast(*(float*)a);
        x = TOps.MultiplyAdd(value, b0, x);
        if (TShape.Wide) y = TOps.MultiplyAdd(value, b1, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T, TOps, TShape>(byte* c, T x, T y)
        where T : struct
        where TOps : IOperations<T>
        where TShape : IShape
    {
        TOps.Store(x, (float*)c);
        if (TShape.Wide) TOps.Store(y, (float*)(c + Unsafe.SizeOf<T>()));
    }

    public readonly struct Operations512 : IOperations<Vector512<float>>
    {
        public static int Rows => 12;

        public static Vector512<float> Load(float* address) => Vector512.Load(address);

        public static void Store(Vector512<float> value, float* address) => value.Store(address);

        public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

        public static Vector512<float> MultiplyAdd(Vector512<float> x, Vector512<float> y, Vector512<float> z) =>
            Vector512.FusedMultiplyAdd(x, y, z);

        public static Vector512<float> Add(Vector512<float> x, Vector512<float> y) => x + y;
    }

    public readonly struct Operations : IOperations<Vector<float>>
    {
        public static int Rows => 6;

        public static Vector<float> Load(float* address) => Vector.Load(address);

        public static void Store(Vector<float> value, float* address) => value.Store(address);

        public static Vector<float> Broadcast(float value) => new(value);

        public static Vector<float> MultiplyAdd(Vector<float> x, Vector<float> y, Vector<float> z) => Vector.FusedMultiplyAdd(x, y, z);

        public static Vector<float> Add(Vector<float> x, Vector<float> y) => x + y;
    }

    public readonly struct Rows12Wide : IShape
    {
        public static int Rows => 12;

        public static bool Wide => true;
    }

    public readonly struct Rows12 : IShape
    {
        public static int Rows => 12;

        public static bool Wide => false;
    }

    public readonly struct Rows6Wide : IShape
    {
        public static int Rows => 6;

        public static bool Wide => true;
    }

    public readonly struct Rows6 : IShape
    {
        public static int Rows => 6;

        public static bool Wide => false;
    }

    public readonly struct Rows4Wide : IShape
    {
        public static int Rows => 4;

        public static bool Wide => true;
    }

    public readonly struct Rows4 : IShape
    {
        public static int Rows => 4;

        public static bool Wide => false;
    }

    public readonly struct Rows2Wide : IShape
    {
        public static int Rows => 2;

        public static bool Wide => true;
    }

    public readonly struct Rows2 : IShape
    {
        public static int Rows => 2;

        public static bool Wide => false;
    }

    public readonly struct Rows1Wide : IShape
    {
        public static int Rows => 1;

        public static bool Wide => true;
    }

    public readonly struct Rows1 : IShape
    {
        public static int Rows => 1;

        public static bool Wide => false;
    }
}

namespace Rhm.Numerics;

/// <summary>What kernels ask of the lengths of their arguments.</summary>
internal static class Sizes
{
    /// <summary>Refuses a matrix that has not rows x columns numbers.</summary>
    public static void Check(string name, int length, int rows, int columns)
    {
        if (rows < 0) throw new ArgumentOutOfRangeException(nameof(rows), $"size {rows} of {name} is negative");
        if (columns < 0) throw new ArgumentOutOfRangeException(nameof(columns), $"size {columns} of {name} is negative");
        if (length != (long)rows * columns) throw new ArgumentException($"{name} holds {length} numbers, not {rows} x {columns}", name);
    }
}

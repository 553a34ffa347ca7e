namespace Rhm.Numerics;

/// <summary>
/// Where the matrices of a batch lie in one array: element (i, j) of the matrix of head h of sequence n is number
/// n <paramref name="Sequence"/> + h <paramref name="Head"/> + i <paramref name="Row"/> + j <paramref name="Column"/>.
/// </summary>
/// <param name="Row">Step from row to row, at least 0.</param>
/// <param name="Column">Step from column to column, at least 0.</param>
/// <param name="Head">Step from head to head, at least 0; 0 if all share a matrix.</param>
/// <param name="Sequence">Step from sequence to sequence, at least 0; 0 if all share a matrix.</param>
internal readonly record struct MatrixLayout(int Row, int Column, int Head, int Sequence)
{
    /// <summary>Heads side by side in rows of sequences x length x (heads x dimension), as projections leave them.</summary>
    public static MatrixLayout Heads(int length, int heads, int dimension) =>
        new(heads * dimension, 1, dimension, length * heads * dimension);

    /// <summary>Whole matrices one after the other: sequences x heads x rows x columns.</summary>
    public static MatrixLayout Whole(int heads, int rows, int columns) => new(columns, 1, rows * columns, heads * rows * columns);

    /// <summary>The same matrices transposed.</summary>
    public MatrixLayout Transpose() => new(Column, Row, Head, Sequence);
}

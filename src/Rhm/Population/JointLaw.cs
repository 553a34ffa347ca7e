using System.Numerics;

namespace Rhm.Population;

/// <summary>The exact joint law P[A = a, B = b] of two variables, a table of double or <see cref="Rational"/>.</summary>
/// <typeparam name="T">double or <see cref="Rational"/>; the default value is 0.</typeparam>
public sealed class JointLaw<T>
    where T : struct, IAdditionOperators<T, T, T>, ISubtractionOperators<T, T, T>, IMultiplyOperators<T, T, T>, IDivisionOperators<T, T, T>,
        IAdditiveIdentity<T, T>, IMultiplicativeIdentity<T, T>, IComparisonOperators<T, T, bool>
{
    private const long LargestTable = 1 << 28;

    private readonly T[] _table;

    /// <summary>A table of zeros.</summary>
    /// <exception cref="ArgumentException">The table would have more than 2^28 entries.</exception>
    internal JointLaw(int rows, int columns)
    {
        if ((long)rows * columns > LargestTable)
            throw new ArgumentException($"a joint law of {rows} x {columns} = {(long)rows * columns} entries does not fit in memory: at "
                + $"most {LargestTable} are supported");
        (Rows, Columns) = (rows, columns);
        _table = new T[rows * columns];
    }

    /// <summary>Number of values of A.</summary>
    public int Rows { get; }

    /// <summary>Number of values of B.</summary>
    public int Columns { get; }

    /// <summary>P[A = row, B = column].</summary>
    public T this[int row, int column]
    {
        get => _table[row * Columns + column];
        internal set => _table[row * Columns + column] = value;
    }

    /// <summary>All P[A = row, B = .].</summary>
    /// <param name="row">Value of A.</param>
    public ReadOnlySpan<T> Row(int row) => _table.AsSpan(row * Columns, Columns);

    internal Span<T> WritableRow(int row) => _table.AsSpan(row * Columns, Columns);

    /// <summary>The law of A, by summing the table.</summary>
    public T[] RowLaw()
    {
        var law = new T[Rows];
        for (int a = 0; a < Rows; a++)
        {
            foreach (T p in Row(a)) law[a] += p;
        }
        return law;
    }

    /// <summary>The law of B, by summing the table.</summary>
    public T[] ColumnLaw()
    {
        var law = new T[Columns];
        for (int a = 0; a < Rows; a++)
        {
            for (int b = 0; b < Columns; b++) law[b] += this[a, b];
        }
        return law;
    }

    /// <summary>The joint law of (B, A).</summary>
    public JointLaw<T> Transpose()
    {
        var result = new JointLaw<T>(Columns, Rows);
        for (int a = 0; a < Rows; a++)
        {
            for (int b = 0; b < Columns; b++) result[b, a] = this[a, b];
        }
        return result;
    }

    /// <summary>Connected correlation C(a, b) = P[a, b] - P[a] P[b] (section 3 of the paper).</summary>
    public T[,] Correlation()
    {
        T[] rows = RowLaw(), columns = ColumnLaw();
        var correlation = new T[Rows, Columns];
        for (int a = 0; a < Rows; a++)
        {
            for (int b = 0; b < Columns; b++) correlation[a, b] = this[a, b] - rows[a] * columns[b];
        }
        return correlation;
    }

    /// <summary>Sum over a, b of C(a, b)^2.</summary>
    public T SquaredCorrelation() => SumOverPairs((c, _) => c * c);

    /// <summary>chi^2 = sum over a, b of C(a, b)^2 / (P[a] P[b]).</summary>
    public T ChiSquare() => SumOverPairs((c, independent) => c * c / independent);

    /// <summary>Total variation between the joint law and independence: half the sum over a, b of |C(a, b)|.</summary>
    public T TotalVariation() =>
        SumOverPairs((c, _) => c < T.AdditiveIdentity ? T.AdditiveIdentity - c : c) / (T.MultiplicativeIdentity + T.MultiplicativeIdentity);

    /// <summary>P[B = . | A = row]; null when A never takes that value.</summary>
    /// <param name="row">Value of A.</param>
    public T[]? Conditional(int row)
    {
        T total = T.AdditiveIdentity;
        foreach (T p in Row(row)) total += p;
        if (total == T.AdditiveIdentity) return null;
        T[] law = Row(row).ToArray();
        for (int b = 0; b < law.Length; b++) law[b] /= total;
        return law;
    }

    private T SumOverPairs(Func<T, T, T> term)
    {
        T[] rows = RowLaw(), columns = ColumnLaw();
        T sum = T.AdditiveIdentity;
        for (int a = 0; a < Rows; a++)
        {
            for (int b = 0; b < Columns; b++)
            {
                T independent = rows[a] * columns[b];
                if (independent != T.AdditiveIdentity) sum += term(this[a, b] - independent, independent);
            }
        }
        return sum;
    }
}

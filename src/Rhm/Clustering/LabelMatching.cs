namespace Rhm.Clustering;

/// <summary>Comparison of two labellings that are equal only up to a permutation of the labels.</summary>
public static class LabelMatching
{
    /// <summary>
    /// The one-to-one matching of rows and columns with the largest total (the assignment problem), by the Hungarian method with
    /// shortest augmenting paths (Jonker and Volgenant 1987). Cost: O(n^3) for the larger number n of rows and columns.
    /// </summary>
    /// <param name="weights">weights[r, c], for example how often true label r meets found label c.</param>
    /// <returns>The column of each row, -1 for a row without partner (more rows than columns), and the total weight.</returns>
    public static (int[] ColumnOfRow, long Total) BestOneToOne(long[,] weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        int rows = weights.GetLength(0), columns = weights.GetLength(1), n = Math.Max(rows, columns);
        var rowPotential = new long[n + 1];
        var columnPotential = new long[n + 1];
        var rowOf = new int[n + 1];
        for (int row = 1; row <= n; row++)
        {
            // Column 0 is a virtual start from which the path of this row begins.
            rowOf[0] = row;
            var least = new long[n + 1];
            Array.Fill(least, long.MaxValue);
            var previous = new int[n + 1];
            var used = new bool[n + 1];
            int column = 0;
            do
            {
                used[column] = true;
                int current = rowOf[column], next = 0;
                long delta = long.MaxValue;
                for (int c = 1; c <= n; c++)
                {
                    if (used[c]) continue;
                    long cost = Cost(current, c) - rowPotential[current] - columnPotential[c];
                    if (cost < least[c]) (least[c], previous[c]) = (cost, column);
                    if (least[c] < delta) (delta, next) = (least[c], c);
                }
                for (int c = 0; c <= n; c++)
                {
                    if (used[c])
                    {
                        rowPotential[rowOf[c]] += delta;
                        columnPotential[c] -= delta;
                    }
                    else
                    {
                        least[c] -= delta;
                    }
                }
                column = next;
            }
            while (rowOf[column] != 0);
            while (column != 0)
            {
                rowOf[column] = rowOf[previous[column]];
                column = previous[column];
            }
        }

        var columnOfRow = new int[rows];
        Array.Fill(columnOfRow, -1);
        long total = 0;
        for (int c = 1; c <= columns; c++)
        {
            if (rowOf[c] > rows) continue;
            columnOfRow[rowOf[c] - 1] = c - 1;
            total += weights[rowOf[c] - 1, c - 1];
        }
        return (columnOfRow, total);

        long Cost(int row, int c) => row <= rows && c <= columns ? -weights[row - 1, c - 1] : 0;
    }
}

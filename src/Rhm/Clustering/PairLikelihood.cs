using System.Numerics.Tensors;

namespace Rhm.Clustering;

/// <summary>
/// Maximum likelihood of the labels of points whose co-occurrence counts have a block structure: a pair of points occurs with
/// a probability that depends on the two labels alone. Soft iteration (mean-field expectation maximisation): from the label
/// probabilities of all points the tables p(label of the partner | own label), from these the label probabilities of each point
/// given its partners'.
/// </summary>
internal sealed class PairLikelihood
{
    // Jeffreys' prior for every row of a table.
    private const double Prior = 0.5;
    private const double Settled = 1e-4;

    private readonly IReadOnlyList<SparseMatrix> _counts;
    private readonly IReadOnlyList<SparseMatrix> _transposed;
    private readonly int _n;

    /// <summary>Takes over the counts.</summary>
    /// <param name="counts">Matrices [n, n], one for each kind of pair.</param>
    public PairLikelihood(IReadOnlyList<SparseMatrix> counts)
    {
        _counts = counts;
        _transposed = [.. counts.Select(matrix => matrix.Transposed())];
        _n = counts[0].Rows;
    }

    /// <summary>The labels that the iteration comes to.</summary>
    /// <param name="start">A label for each point, below <paramref name="k"/>.</param>
    /// <param name="k">Number of labels.</param>
    /// <param name="iterations">Stops at the latest then.</param>
    public int[] Refine(int[] start, int k, int iterations = 60)
    {
        var probabilities = new double[_n * k];
        for (int i = 0; i < _n; i++) probabilities[i * k + start[i]] = 1;
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            var scores = new double[_n * k];
            for (int b = 0; b < _counts.Count; b++)
            {
                double[] partners = _counts[b].Times(probabilities, k, 1);
                double[] table = DenseRows.TransposedTimes(probabilities, k, partners, k, 1);
                AddScores(scores, partners, table, k, transposed: false);
                AddScores(scores, _transposed[b].Times(probabilities, k, 1), table, k, transposed: true);
            }
            double moved = 0;
            for (int i = 0; i < _n; i++) moved = Math.Max(moved, Softmax(scores.AsSpan(i * k, k), probabilities.AsSpan(i * k, k)));
            if (moved < Settled) break;
        }
        return [.. Enumerable.Range(0, _n).Select(i => TensorPrimitives.IndexOfMax<double>(probabilities.AsSpan(i * k, k)))];
    }

    /// <summary>
    /// Log-likelihood ratio, in nats, of labels against independence, at the maximum over the tables: sum over kinds of pairs and
    /// labels of N_ab log(N_ab N / (N_a N_b)), which is N times the empirical mutual information.
    /// </summary>
    public double LogLikelihood(int[] labels, int k)
    {
        double sum = 0;
        foreach (SparseMatrix matrix in _counts)
        {
            var table = new double[k * k];
            for (int i = 0; i < _n; i++)
            {
                for (int entry = matrix.Start[i]; entry < matrix.Start[i + 1]; entry++)
                    table[labels[i] * k + labels[matrix.Index[entry]]] += matrix.Value[entry];
            }
            var first = new double[k];
            var second = new double[k];
            for (int ab = 0; ab < table.Length; ab++)
            {
                first[ab / k] += table[ab];
                second[ab % k] += table[ab];
            }
            double total = first.Sum();
            for (int ab = 0; ab < table.Length; ab++)
            {
                if (table[ab] > 0) sum += table[ab] * Math.Log(table[ab] * total / (first[ab / k] * second[ab % k]));
            }
        }
        return sum;
    }

    /// <summary>
    /// What <see cref="LogLikelihood"/> exceeds for some labels, if points are independent, with a probability of about 10^-6: twice it is
    /// chi-square with B(k-1)^2 degrees of freedom for each of the k^n labellings (union bound; tail of Laurent and Massart 2000).
    /// </summary>
    public double NullBound(int k)
    {
        double degrees = _counts.Count * (k - 1.0) * (k - 1), t = _n * Math.Log(k) + Math.Log(1e6);
        return degrees / 2 + Math.Sqrt(degrees * t) + t;
    }

    /// <summary>
    /// Nats to write down the labels of all points, n log k, and the tables, log(N)/2 for each free entry (Rissanen 1978). One more label is worth
    /// it where <see cref="LogLikelihood"/> grows by more.
    /// </summary>
    public double DescriptionLength(int k) =>
        _n * Math.Log(k) + _counts.Sum(matrix => 0.5 * (k - 1.0) * (k - 1) * Math.Log(Math.Max(1, matrix.Value.Sum())));

    /// <summary>score[i, a] += sum_c partners[i, c] log p(c | a).</summary>
    private static void AddScores(double[] scores, double[] partners, double[] table, int k, bool transposed)
    {
        var logarithms = new double[k * k];
        for (int a = 0; a < k; a++)
        {
            double total = 0;
            for (int c = 0; c < k; c++) total += Of(a, c) + Prior;
            for (int c = 0; c < k; c++) logarithms[c * k + a] = Math.Log((Of(a, c) + Prior) / total);
        }
        DenseRows.AddProduct(partners, k, logarithms, k, scores, 1);

        double Of(int a, int c) => transposed ? table[c * k + a] : table[a * k + c];
    }

    /// <summary>Replaces probabilities; answers the largest change.</summary>
    private static double Softmax(Span<double> scores, Span<double> probabilities)
    {
        double most = TensorPrimitives.Max<double>(scores), total = 0, moved = 0;
        for (int a = 0; a < scores.Length; a++) total += scores[a] = Math.Exp(scores[a] - most);
        for (int a = 0; a < scores.Length; a++)
        {
            double p = scores[a] / total;
            moved = Math.Max(moved, Math.Abs(p - probabilities[a]));
            probabilities[a] = p;
        }
        return moved;
    }
}

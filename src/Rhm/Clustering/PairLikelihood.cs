using System.Numerics.Tensors;
using Rhm.Numerics;

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
    private const int RowBlock = 1024;

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

    /// <summary>The labels that the iteration comes to. Cost of an iteration: 3 n k^2 operations in float32, and for each entry of the
    /// counts and its transpose as many as its column has labels that are not ruled out, one in the end.</summary>
    /// <param name="start">A label for each point, below <paramref name="k"/>.</param>
    /// <param name="k">Number of labels.</param>
    /// <param name="iterations">Stops at the latest then.</param>
    public int[] Refine(int[] start, int k, int iterations = 60)
    {
        var probabilities = new LabelProbabilities(start, k);
        float[] scores = new float[_n * k], partners = new float[_n * k], tile = new float[k * k], logarithms = new float[k * k];
        var table = new double[k * k];
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            Array.Clear(scores);
            for (int b = 0; b < _counts.Count; b++)
            {
                probabilities.Partners(_counts[b], partners);
                Array.Clear(table);
                // Float32 over a block of rows, double over the blocks.
                for (int i = 0; i < _n; i += RowBlock)
                {
                    int rows = Math.Min(RowBlock, _n - i);
                    MatrixProduct.MultiplyTransposedA(probabilities.Values.AsSpan(i * k, rows * k), partners.AsSpan(i * k, rows * k), tile,
                        k, k, rows);
                    for (int ac = 0; ac < table.Length; ac++) table[ac] += tile[ac];
                }
                AddScores(transposed: false);
                probabilities.Partners(_transposed[b], partners);
                AddScores(transposed: true);
            }
            if (probabilities.Update(scores) < Settled) break;
        }
        return [.. Enumerable.Range(0, _n).Select(i => TensorPrimitives.IndexOfMax<float>(probabilities.Values.AsSpan(i * k, k)))];

        // score[i, a] += sum_c partners[i, c] log(p(c | a) / p(c)): without p(c) the scores would be the same up to a number for each i,
        // but large sums that nearly cancel.
        void AddScores(bool transposed)
        {
            var any = new double[k];
            for (int c = 0; c < k; c++)
            {
                for (int a = 0; a < k; a++) any[c] += Of(a, c) + Prior;
            }
            double all = any.Sum();
            for (int a = 0; a < k; a++)
            {
                double total = 0;
                for (int c = 0; c < k; c++) total += Of(a, c) + Prior;
                for (int c = 0; c < k; c++) logarithms[c * k + a] = (float)Math.Log((Of(a, c) + Prior) * all / (total * any[c]));
            }
            MatrixProduct.Multiply(partners, logarithms, scores, _n, k, k, accumulate: true);

            double Of(int a, int c) => transposed ? table[c * k + a] : table[a * k + c];
        }
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
    /// Nats to write down the labels of all points, n log k, and the tables, log(N)/2 for each free entry (Rissanen 1978). One more label
    /// is worth it where <see cref="LogLikelihood"/> grows by more.
    /// </summary>
    public double DescriptionLength(int k) =>
        _n * Math.Log(k) + _counts.Sum(matrix => 0.5 * (k - 1.0) * (k - 1) * Math.Log(Math.Max(1, matrix.Value.Sum())));

    /// <summary>The probabilities of the labels of all points, [n, k], and which of them are not zero.</summary>
    private sealed class LabelProbabilities
    {
        // Smaller ones count as zero: k of them are far below what ends the iteration.
        private const float Negligible = 1e-7f;

        private readonly int _k;
        private readonly int[] _count;
        private readonly int[] _labels;

        public LabelProbabilities(int[] labels, int k)
        {
            (_k, _count, _labels, Values) = (k, new int[labels.Length], new int[labels.Length * k], new float[labels.Length * k]);
            for (int i = 0; i < labels.Length; i++)
            {
                Values[i * k + labels[i]] = 1;
                _labels[i * k] = labels[i];
                _count[i] = 1;
            }
        }

        public float[] Values { get; }

        /// <summary>Counts times probabilities: how often a point occurred with each label.
        /// The same bits for few and for many labels.</summary>
        public void Partners(SparseMatrix counts, float[] partners)
        {
            int few = _k / 16;
            for (int i = 0; i < counts.Rows; i++)
            {
                Span<float> row = partners.AsSpan(i * _k, _k);
                row.Clear();
                for (int entry = counts.Start[i]; entry < counts.Start[i + 1]; entry++)
                {
                    int j = counts.Index[entry];
                    float times = (float)counts.Value[entry];
                    ReadOnlySpan<float> values = Values.AsSpan(j * _k, _k);
                    if (_count[j] > few)
                    {
                        TensorPrimitives.MultiplyAdd(values, times, row, row);
                        continue;
                    }
                    foreach (int label in _labels.AsSpan(j * _k, _count[j])) row[label] += values[label] * times;
                }
            }
        }

        /// <summary>Replaces the probabilities by exp(score), normalised; answers the largest change.</summary>
        public float Update(float[] scores)
        {
            float moved = 0;
            for (int i = 0; i < _count.Length; i++)
            {
                Span<float> score = scores.AsSpan(i * _k, _k), values = Values.AsSpan(i * _k, _k);
                float most = TensorPrimitives.Max<float>(score), total = 0;
                for (int a = 0; a < _k; a++)
                {
                    float difference = score[a] - most;
                    total += score[a] = difference < -20 ? 0 : MathF.Exp(difference);
                }
                int count = 0;
                for (int a = 0; a < _k; a++)
                {
                    float p = score[a] / total;
                    if (p < Negligible) p = 0;
                    else _labels[i * _k + count++] = a;
                    moved = Math.Max(moved, Math.Abs(p - values[a]));
                    values[a] = p;
                }
                _count[i] = count;
            }
            return moved;
        }
    }
}

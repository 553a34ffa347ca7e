namespace Rhm.Networks.StackedLatentClustering;

/// <summary>
/// UPGrad of Jacobian descent (Quinton and Rey, arXiv:2406.16232): each loss's gradient is projected onto the dual cone of all
/// gradients, the directions along which no loss increases, and the projections are averaged.
/// </summary>
internal static class UpGrad
{
    /// <summary>
    /// The weights of the gradients in the averaged projections. The projection of g_i is sum_k w_k g_k, where w minimises w^T G w over
    /// w at least e_i (their proposition 1); solved by projected Gauss-Seidel.
    /// </summary>
    /// <param name="gram">G, inner products of the gradients g_1 .. g_K: symmetric, positive semidefinite.</param>
    /// <returns>K weights, each at least 1/K.</returns>
    /// <exception cref="ArgumentException">G is not square or not finite.</exception>
    /// <remarks>Optimality conditions: w at least e_i, G w at least 0, (w - e_i)^T G w = 0; they hold to 1e-9 of the largest diagonal
    /// entry unless G is singular to working precision. Cost: K^3 per sweep.</remarks>
    public static double[] Weights(double[,] gram)
    {
        ArgumentNullException.ThrowIfNull(gram);
        int n = gram.GetLength(0);
        if (gram.GetLength(1) != n) throw new ArgumentException($"a Gram matrix is square, not {n} x {gram.GetLength(1)}");
        var weights = new double[n];
        for (int i = 0; i < n; i++)
        {
            double[] projection = Project(gram, i);
            for (int k = 0; k < n; k++) weights[k] += projection[k] / n;
        }
        return weights;
    }

    /// <summary>The weights w of the projection of g_i.</summary>
    internal static double[] Project(double[,] gram, int i)
    {
        const int sweeps = 20_000;
        int n = gram.GetLength(0);
        double scale = 0;
        for (int k = 0; k < n; k++) scale = Math.Max(scale, gram[k, k]);
        if (!double.IsFinite(scale)) throw new ArgumentException("a Gram matrix holds inner products of finite gradients");
        var w = new double[n];
        w[i] = 1;
        if (scale == 0) return w;
        for (int sweep = 0; sweep < sweeps; sweep++)
        {
            double violation = 0;
            for (int k = 0; k < n; k++)
            {
                if (gram[k, k] <= 0) continue;
                double slope = 0;
                for (int j = 0; j < n; j++) slope += gram[k, j] * w[j];
                double bound = k == i ? 1 : 0, next = Math.Max(bound, w[k] - slope / gram[k, k]);
                violation = Math.Max(violation, Math.Abs(next - w[k]) * gram[k, k]);
                w[k] = next;
            }
            if (violation <= 1e-13 * scale) break;
        }
        return w;
    }
}

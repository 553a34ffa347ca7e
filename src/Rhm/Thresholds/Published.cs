namespace Rhm.Thresholds;

/// <summary>Values of P* read off the plots of arXiv:2605.27734v1 (CC BY 4.0), with their reading error.</summary>
public static class Published
{
    /// <summary>
    /// P* of iterative latent clustering with k-means, the number of strings at which the mean accuracy of the highest non-root latents
    /// crosses 50%, for each m: figure 3 left, lower right inset (L=5, s=3, v=8); +-15%.
    /// </summary>
    public static IReadOnlyDictionary<int, double> Figure3Left { get; } =
        new Dictionary<int, double> { [6] = 3500, [8] = 7300, [12] = 11900, [16] = 40500, [22] = 226000, [32] = 560000 };

    /// <summary>
    /// P* of data2vec, the number of training strings at which the mean-pooled linear probe of the root crosses 50%, for each m: figure 4
    /// right, lower right inset (L=4, s=2, v=16, d_model 2048, online); +-15%. About 1000 H100-hours for all its data2vec experiments.
    /// </summary>
    public static IReadOnlyDictionary<int, double> Figure4Data2Vec { get; } =
        new Dictionary<int, double> { [3] = 5.4e6, [4] = 1.26e7, [5] = 1.85e7, [6] = 3.64e7, [7] = 6.1e7 };

    /// <summary>The same offline (figure 14), as the range of P*/(v m^3) that the collapsed curves cross 50% in.</summary>
    public static (double Low, double High) Figure14Offline => (30, 50);
}

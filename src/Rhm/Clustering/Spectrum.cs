namespace Rhm.Clustering;

/// <summary>Orthonormal vectors, one column each, with singular values in descending order.</summary>
/// <param name="Vectors">[n, k], row by row.</param>
/// <param name="Values">The k singular values.</param>
internal sealed record Spectrum(double[] Vectors, double[] Values)
{
    /// <summary>The first k columns.</summary>
    public Spectrum Leading(int k)
    {
        int width = Values.Length, n = Vectors.Length / Math.Max(1, width);
        if (k >= width) return this;
        var vectors = new double[n * k];
        for (int i = 0; i < n; i++) Vectors.AsSpan(i * width, k).CopyTo(vectors.AsSpan(i * k));
        return new Spectrum(vectors, Values[..k]);
    }
}

namespace Rhm.Networks.Training;

/// <summary>What AdamW keeps of past gradients, for each parameter.</summary>
/// <param name="parameters">Number of parameters.</param>
internal sealed class AdamMoments(int parameters)
{
    /// <summary>Mean of gradients.</summary>
    public float[] First { get; } = new float[parameters];

    /// <summary>Mean of squared gradients.</summary>
    public float[] Second { get; } = new float[parameters];
}

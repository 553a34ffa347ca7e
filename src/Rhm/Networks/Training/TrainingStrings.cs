namespace Rhm.Networks.Training;

/// <summary>The strings of each step: a function of the step, whatever was read before.</summary>
internal abstract class TrainingStrings
{
    /// <summary>Tokens [B, s^L], and the latents of a level [B, nodes] if one above 0 is used.</summary>
    /// <param name="step">From 0.</param>
    public abstract (ushort[] Tokens, ushort[] Latents) BatchOf(long step);

    /// <summary>Tells these strings from others; of fresh ones the first batch.</summary>
    public abstract string Hash { get; }
}

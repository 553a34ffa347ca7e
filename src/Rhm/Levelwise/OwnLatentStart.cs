namespace Rhm.Levelwise;

/// <summary>The first codes of own-latent clustering.</summary>
public enum OwnLatentStart
{
    /// <summary>Clusters of context vectors made of cousin elements: one round of the paper's algorithm.</summary>
    Element,

    /// <summary>4 k codes drawn at random, for k latents: they say nothing about the tuples.</summary>
    Random,
}

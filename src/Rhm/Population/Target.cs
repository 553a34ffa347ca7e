namespace Rhm.Population;

/// <summary>What a tuple's context vector is made of.</summary>
public enum Target
{
    /// <summary>A latent of the tuple's own level: an element of a cousin tuple (latent prediction, ILC).</summary>
    Latent,

    /// <summary>A visible token below a cousin element (token-level self-supervision).</summary>
    Token,

    /// <summary>The root (supervised classification).</summary>
    Root,

    /// <summary>The cousin tuple's own latent, a symbol of the level that is being learned, by the learner's current guess
    /// (own-latent clustering; beyond the paper).</summary>
    OwnLatent,
}

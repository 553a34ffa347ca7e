namespace Rhm.Networks.StackedLatentClustering;

/// <summary>What of its cousins a tuple predicts (figure 8 of the paper).</summary>
public enum SlcTargets
{
    /// <summary>All (s-1)s elements of the other tuples of its grandparent.</summary>
    All,

    /// <summary>The first element of the first other tuple.</summary>
    One,

    /// <summary>
    /// The own latents of the s-1 other tuples of its grandparent, of the level that is being learned: a rule less stands between a tuple
    /// and its target (beyond the paper).
    /// </summary>
    Own,
}

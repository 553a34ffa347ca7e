namespace Rhm.Networks.StackedLatentClustering;

/// <summary>Which cousin elements a tuple predicts (figure 8 of the paper).</summary>
public enum SlcTargets
{
    /// <summary>All (s-1)s elements of the other tuples of its grandparent.</summary>
    All,

    /// <summary>The first element of the first other tuple.</summary>
    One,
}

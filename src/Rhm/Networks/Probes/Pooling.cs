namespace Rhm.Networks.Probes;

/// <summary>Over which positions of a layer features are averaged, for a node.</summary>
public enum Pooling
{
    /// <summary>The positions of the node's span: its tokens.</summary>
    Span,

    /// <summary>All positions of the string.</summary>
    Whole,

    /// <summary>The span of the node's parent without its own; for the root, all positions.</summary>
    Neighbours,
}

namespace Rhm.Levelwise;

/// <summary>Which cousin elements make up a context vector.</summary>
public enum CousinTargets
{
    /// <summary>The first element of the second tuple, seen from the first tuple of its grandparent: the single Z of the theorem.</summary>
    Element,

    /// <summary>All s elements of the second tuple, seen from the first tuple of its grandparent.</summary>
    Tuple,

    /// <summary>All s(s-1)s elements: every tuple of a grandparent sees every other one.</summary>
    All,
}

namespace Rhm.Numerics;

/// <summary>What happens to an element of C after its sum.</summary>
internal enum Epilogue
{
    None,

    /// <summary>A copy of C goes to the pre-activation.</summary>
    Store,

    /// <summary>The same, and C becomes gelu(C).</summary>
    Gelu,

    /// <summary>C is multiplied by gelu'(pre-activation).</summary>
    GeluGradient,
}

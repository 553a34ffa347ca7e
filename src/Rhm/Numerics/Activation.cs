namespace Rhm.Numerics;

/// <summary>What a layer does with a product plus bias.</summary>
internal enum Activation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>x Phi(x), with the exact normal distribution function: see <see cref="Gelu"/>.</summary>
    Gelu,
}

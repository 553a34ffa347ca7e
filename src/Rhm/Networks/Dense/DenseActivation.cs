namespace Rhm.Networks.Dense;

/// <summary>What follows every layer but the last.</summary>
internal enum DenseActivation
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x Phi(x).</summary>
    Gelu,
}

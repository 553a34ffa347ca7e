namespace Rhm.Benchmarks.Compare;

/// <summary>What a rate is held against.</summary>
internal enum Limit
{
    /// <summary>Nothing: the kernel's own comment says what limits it.</summary>
    None,

    /// <summary>Bytes written to memory.</summary>
    WriteBandwidth,

    /// <summary>Fused multiply-adds.</summary>
    MultiplyAdds,
}

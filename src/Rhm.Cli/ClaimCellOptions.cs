using Rhm.Running;

namespace Rhm.Cli;

/// <summary>Which claim a cell measures.</summary>
internal sealed record ClaimCellOptions
{
    /// <summary>Identifier of the claim.</summary>
    public string Claim { get; init; } = "";

    /// <summary>How much work it may do.</summary>
    public Scale Scale { get; init; }

    /// <summary>Whether the planted error is measured, which must not hold.</summary>
    public bool Control { get; init; }

    /// <summary>Names and versions of all learners: a measured value depends on some of them.</summary>
    public string Learners { get; init; } = "";
}

namespace Rhm.Experiments;

/// <summary>What of an experiment a user can set; null where nothing was said.</summary>
public sealed record ExperimentParameters
{
    /// <summary>The names of all that describe grammars.</summary>
    public static IReadOnlyList<string> All { get; } = [nameof(Depths), nameof(Branching), nameof(Vocabulary), nameof(Multiplicities), nameof(Grammars)];

    /// <summary>Depths L.</summary>
    public IReadOnlyList<int>? Depths { get; init; }

    /// <summary>Branching factor s.</summary>
    public int? Branching { get; init; }

    /// <summary>Vocabulary v.</summary>
    public int? Vocabulary { get; init; }

    /// <summary>Multiplicities m.</summary>
    public IReadOnlyList<int>? Multiplicities { get; init; }

    /// <summary>Number of random grammars.</summary>
    public int? Grammars { get; init; }

    /// <summary>Similarity margin S_m of stacked latent clustering; null: found in each batch.</summary>
    public double? Margin { get; init; }

    /// <summary>Most that the similarity of a pair counts beyond the margin.</summary>
    public double? WeightCap { get; init; }

    /// <summary>Passes of a network over its strings.</summary>
    public double? Epochs { get; init; }

    /// <summary>Largest number of strings, in units of v m^3; null: that of the experiment.</summary>
    public double? Most { get; init; }

    /// <summary>Strings that an encoder reads, in units of v m^3.</summary>
    public double? Budget { get; init; }

    /// <summary>Whether encoders read P strings again and again, instead of fresh ones.</summary>
    public bool Offline { get; init; }

    /// <summary>Neighbouring tokens that encoders find masked together.</summary>
    public int? MaskSpan { get; init; }

    /// <summary>Names of training objectives, with hyphens for blanks.</summary>
    public IReadOnlyList<string>? Objectives { get; init; }
}

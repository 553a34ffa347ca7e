namespace Rhm.Networks.Probes;

/// <summary>How representations are measured.</summary>
public sealed record RepresentationMeasure
{
    /// <summary>Strings that probes are fitted to, and as many others that they are scored on; 2 to 10 million.</summary>
    public int Strings { get; init; } = 1500;

    /// <summary>Strings of each synonym score; 0 for none.</summary>
    public int SynonymStrings { get; init; } = 400;

    /// <summary>Where the features of synonym scores are averaged.</summary>
    public Pooling SynonymPooling { get; init; } = Pooling.Span;

    /// <summary>Whether the probe of one hidden layer is trained as well, on features averaged over the span.</summary>
    public bool Mlp { get; init; }

    /// <summary>Whether only the last layer is measured.</summary>
    public bool LastLayerOnly { get; init; }

    /// <summary>Of the strings and of the probes.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads of the probes; no result depends on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Strings that go through the network at a time.</summary>
    internal const int Batch = 256;

    internal void Validate()
    {
        if (Strings is < 2 or > 10_000_000)
            throw new ArgumentException($"number of strings {Strings} is outside 2..10000000: probes hold their features in memory");
        if (SynonymStrings is < 0 or 1)
            throw new ArgumentException($"number of strings {SynonymStrings} of a synonym score must be 0 or at least 2");
    }
}

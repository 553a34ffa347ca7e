namespace Rhm.Randomness;

/// <summary>The random streams that one use owns: blocks First .. First + Count - 1 of a purpose, under a seed.
/// A row of <see cref="StreamOffsets"/>.</summary>
/// <param name="Use">What the numbers are for.</param>
/// <param name="Purpose">The purpose.</param>
/// <param name="First">The first block.</param>
/// <param name="Count">How many.</param>
internal sealed record StreamRange(string Use, RandomPurpose Purpose, ulong First, ulong Count)
{
    /// <summary>The learner or analysis whose streams these are, where several exclude each other in one result; null:
    /// beside any of them.</summary>
    public string? Of { get; init; }

    /// <summary>Of what the seed is derived, so that no other range has it; null: the seed of the run itself.</summary>
    public string? SeedOf { get; init; }

    /// <summary>The stream of a block.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="number">Number of the block within the range, 0..Count-1.</param>
    public RandomStream Open(ulong seed, ulong number = 0) => new(seed, Purpose, Block(number));

    /// <summary>The key of a block, for <see cref="NodeRandom"/>.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="number">Number of the block within the range, 0..Count-1.</param>
    public ulong Key(ulong seed, ulong number = 0) => RandomStream.Key(seed, Purpose, Block(number));

    /// <summary>Whether both can give the same numbers in one result of one seed.</summary>
    /// <param name="other">Another range.</param>
    public bool Overlaps(StreamRange other) =>
        Purpose == other.Purpose && SeedOf == other.SeedOf && (Of is null || other.Of is null || Of == other.Of)
        && First < other.First + other.Count && other.First < First + Count;

    private ulong Block(ulong number) => number < Count
        ? First + number
        : throw new ArgumentOutOfRangeException(nameof(number),
            $"stream {number} of \"{Use}\" is outside 0..{Count - 1}, which this use owns");
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Population;

namespace Rhm.Levelwise;

/// <summary>Settings of <see cref="SingleLevelClustering"/>.</summary>
public sealed record SingleLevelOptions
{
    /// <summary>What context vectors are made of.</summary>
    [Description("What context vectors are made of: latents, tokens, or the root.")]
    public Target Target { get; init; } = Target.Latent;

    /// <summary>The level 1..L-1 whose latents are learned; 0: each of them.</summary>
    [Description("The level 1..L-1 whose latents are learned; 0: each of them.")]
    [Range(0, 19)]
    public int Level { get; init; }

    /// <summary>Restarts of k-means.</summary>
    [Description("Restarts of k-means.")]
    [Range(1, 1_000_000)]
    public int Restarts { get; init; } = 10;

    /// <summary>Refuses settings out of range.</summary>
    /// <param name="shape">Shape of the grammar.</param>
    /// <exception cref="ArgumentException">The grammar has no such level, the target is own latents, or there are
    /// fewer than 1 or more than 10^6 restarts.</exception>
    public void Validate(GrammarShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        IlcOptions.RequireObserved(Target);
        if (Level < 0 || Level >= shape.Depth)
            throw new ArgumentException($"level {Level} is outside 1..{shape.Depth - 1} (0: each of them)");
        LearnerParameter.RequireAll(this);
    }
}

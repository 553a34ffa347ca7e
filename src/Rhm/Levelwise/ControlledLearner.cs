using Rhm.Grammars;
using Rhm.Population;

namespace Rhm.Levelwise;

/// <summary>
/// The controlled comparison of the paper's message: learners that share the strings, the counting, the clustering and its
/// budget of restarts, and differ in the target of the context vectors alone.
/// </summary>
/// <param name="Target">Latent, token or root.</param>
/// <param name="Cousins">One target (the theorem's single Z), those of one cousin tuple, or all.</param>
/// <param name="Restarts">Restarts of k-means.</param>
public sealed record ControlledLearner(Target Target, CousinTargets Cousins, int Restarts = 10)
{
    /// <summary>latent, token or label.</summary>
    public string Name => NameOf(Target);

    /// <summary>The options of <see cref="IterativeLatentClustering.Learner"/>.</summary>
    public IlcOptions Options => new() { Target = Target, Cousins = Cousins, Restarts = Restarts };

    /// <summary>Leading order: v m^3/(1-f) for latents, v m^(L+1)/(1-f) for tokens, n_c m^L for labels;
    /// infinite where there is no signal.</summary>
    /// <param name="shape">The setting.</param>
    public double LeadingOrder(GrammarShape shape) => new AnnealedLaws(shape).LeadingOrder(Target);

    /// <summary>
    /// With the exact formulas C, E and H (docs/formulas.md): the largest <see cref="AnnealedLaws.Resolution(Target)"/> of the levels to
    /// learn, P at which the sampling noise of a context vector equals its distance to others. A learner's P* is this times a constant of
    /// its own.
    /// </summary>
    /// <param name="shape">The setting.</param>
    public double Resolution(GrammarShape shape) => new AnnealedLaws(shape).Resolution(Target);

    /// <summary>Name of a target.</summary>
    /// <param name="target">The target.</param>
    public static string NameOf(Target target) => target switch
    {
        Target.Root => "label",
        Target.OwnLatent => "own latent",
        _ => target.ToString().ToLowerInvariant(),
    };
}

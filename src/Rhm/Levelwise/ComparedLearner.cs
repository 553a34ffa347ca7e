using Rhm.Learning;
using Rhm.Population;

namespace Rhm.Levelwise;

/// <summary>
/// A learner whose P* theory predicts at any setting: which learner with which options, and the strings that its target needs. Those that
/// <see cref="All"/> lists share the strings and the counting; <see cref="Latents"/>, <see cref="Tokens"/> and <see cref="Labels"/> differ
/// in the target alone.
/// </summary>
/// <param name="Name">For people and tables, without commas.</param>
/// <param name="Target">What theory says that it is told by.</param>
/// <param name="Learner">The learner.</param>
/// <param name="Parameters">Its parameters that are not at their defaults.</param>
/// <param name="Start">P at which a search for P* starts, in units of <see cref="LeadingOrder"/>.</param>
public sealed record ComparedLearner(string Name, Target Target, Learner Learner, IReadOnlyDictionary<string, object> Parameters,
    double Start)
{
    private const int Restarts = 10;

    /// <summary>Latents from one cousin element: the algorithm of the recovery theorem.</summary>
    public static ComparedLearner Latents { get; } = OfElement("latents", Target.Latent);

    /// <summary>Latents from all elements of all cousins: the default of <see cref="IterativeLatentClustering"/>.</summary>
    public static ComparedLearner AllCousins { get; } =
        new("all cousins", Target.Latent, IterativeLatentClustering.Learner, new Dictionary<string, object>(), 0.25);

    /// <summary>Own latents: the default of <see cref="OwnLatentClustering"/>.</summary>
    public static ComparedLearner OwnLatents { get; } =
        new("own latents", Target.OwnLatent, OwnLatentClustering.Learner, new Dictionary<string, object>(), 0.5);

    /// <summary>The first token below the cousin element.</summary>
    public static ComparedLearner Tokens { get; } = OfElement("tokens", Target.Token);

    /// <summary>The root label.</summary>
    public static ComparedLearner Labels { get; } = OfElement("labels", Target.Root);

    /// <summary>The spectrum of pair counts: the default of <see cref="SpectralLatentClustering"/>.</summary>
    public static ComparedLearner Spectral { get; } =
        new("spectral", Target.OwnLatent, SpectralLatentClustering.Learner, new Dictionary<string, object>(), 1);

    /// <summary>In the order of tables.</summary>
    public static IReadOnlyList<ComparedLearner> All { get; } = [Latents, AllCousins, OwnLatents, Tokens, Labels, Spectral];

    private bool IsSpectral => Learner == SpectralLatentClustering.Learner;

    /// <summary>The leading order in words.</summary>
    public string Formula => Target switch
    {
        Target.Latent => "v m^3/(1-f)",
        Target.Token => "v m^(L+1)/(1-f)",
        Target.Root => "n_c m^L",
        _ => IsSpectral ? "v m^2/((1-f) s(s-1))" : "v m^2/(1-f)",
    };

    /// <summary>P* to leading order, without a constant: <see cref="AnnealedLaws.LeadingOrder"/>; of the spectral learner that of own
    /// latents over the s(s-1) pairs of positions.</summary>
    /// <param name="laws">Of the setting.</param>
    public double LeadingOrder(AnnealedLaws laws)
    {
        ArgumentNullException.ThrowIfNull(laws);
        double strings = laws.LeadingOrder(Target);
        return IsSpectral ? strings / (laws.Shape.Branching * (laws.Shape.Branching - 1)) : strings;
    }

    /// <summary>P* by the annealed formula, without a learner's constant: formula H, of the spectral learner the Kesten-Stigum
    /// threshold.</summary>
    /// <param name="laws">Of the setting.</param>
    public double Annealed(AnnealedLaws laws)
    {
        ArgumentNullException.ThrowIfNull(laws);
        return IsSpectral ? laws.LargestKestenStigumThreshold : laws.Resolution(Target);
    }

    private static ComparedLearner OfElement(string name, Target target) => new(name, target, IterativeLatentClustering.Learner,
        new Dictionary<string, object> { ["target"] = target, ["cousins"] = CousinTargets.Element, ["restarts"] = Restarts }, 1);
}

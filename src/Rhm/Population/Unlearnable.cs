using Rhm.Grammars;

namespace Rhm.Population;

/// <summary>Settings at which there is nothing to measure or to learn, said plainly.</summary>
public static class Unlearnable
{
    /// <summary>What cannot be learned at a setting, or only in part; nothing is refused.</summary>
    /// <param name="shape">The setting.</param>
    /// <param name="samples">P.</param>
    /// <param name="labels">Whether the learner sees labels.</param>
    public static IEnumerable<string> Warnings(GrammarShape shape, long samples, bool labels)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (shape.Multiplicity == 1) yield return "m = 1: every symbol has one production rule, and there are no synonyms to group";
        else if (shape.LegalFraction == 1 && !labels)
            yield return "f = m/v^(s-1) = 1: every string is legal and equally probable, and without labels nothing can be learned";
        if (samples < SampleScales.Coverage(shape))
            yield return "P below coverage, v m log(v m): not every tuple is seen, and accuracies may be at chance";
    }

    /// <summary>Refuses settings at which no learner without labels has a P*.</summary>
    /// <exception cref="ArgumentException">m = 1, L = 1 or f = 1.</exception>
    public static void Refuse(GrammarShape shape)
    {
        RefuseForAll(shape);
        if (shape.LegalFraction == 1) throw new ArgumentException(Reason(shape, Target.Latent)!);
    }

    /// <summary>Refuses settings at which no learner at all has a P*.</summary>
    /// <exception cref="ArgumentException">m = 1 or L = 1.</exception>
    public static void RefuseForAll(GrammarShape shape)
    {
        if (shape.Multiplicity == 1)
            throw new ArgumentException($"multiplicity m = 1 ({shape}): every symbol has one production rule, there are no synonyms to "
                + "group and no P* to measure");
        if (shape.Depth == 1)
            throw new ArgumentException($"depth L = 1 ({shape}): there is no hidden level below the root, nothing to learn");
    }

    /// <summary>Why a target cannot be learned from at a setting; null where it can.</summary>
    public static string? Reason(GrammarShape shape, Target target) => shape.LegalFraction == 1 && target != Target.Root
        ? $"{shape} has f = m/v^(s-1) = 1: every string is legal and equally probable, so nothing can be learned from "
            + $"{(target == Target.Token ? "tokens" : "latents")}, however many strings; only labels inform"
        : null;
}

using Rhm.Grammars;

namespace Rhm.Population;

/// <summary>The numbers of strings P by which sample complexities scale, without their constants.</summary>
public static class SampleScales
{
    /// <summary>v m^3: learning from latents, at any depth (recovery theorem of arXiv:2605.27734).</summary>
    /// <param name="shape">The setting.</param>
    public static double Latents(GrammarShape shape) => OfPower(shape, 3);

    /// <summary>v m^(L+1): learning from tokens.</summary>
    /// <param name="shape">The setting.</param>
    public static double Tokens(GrammarShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return OfPower(shape, shape.Depth + 1);
    }

    /// <summary>n_c m^L: learning from labels (arXiv:2307.02129).</summary>
    /// <param name="shape">The setting.</param>
    public static double Labels(GrammarShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return shape.Classes * Math.Pow(shape.Multiplicity, shape.Depth);
    }

    /// <summary>v m^2: the spectral learner (Kesten-Stigum threshold; a scale, not a threshold).</summary>
    /// <param name="shape">The setting.</param>
    public static double Spectral(GrammarShape shape) => OfPower(shape, 2);

    /// <summary>v m log(v m): strings in which every tuple of a node is expected to be seen. From fewer no
    /// learner finds all, but accuracy can be half of the way to 1 (P*).</summary>
    /// <param name="shape">The setting.</param>
    public static double Coverage(GrammarShape shape)
    {
        double tuples = OfPower(shape, 1);
        return tuples * Math.Log(tuples);
    }

    /// <summary>v m^p.</summary>
    /// <param name="shape">The setting.</param>
    /// <param name="power">p.</param>
    public static double OfPower(GrammarShape shape, int power)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return shape.Vocabulary * Math.Pow(shape.Multiplicity, power);
    }
}

using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Networks.Training;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>
/// The sizes of a stacked latent clustering network (arXiv:2605.27734, section 4 and appendix C). It fits strings of s^L tokens and
/// has L-1 modules; module l = 0..L-2 turns tuples of level l into latents of level l+1.
/// </summary>
public sealed record SlcShape
{
    /// <summary>Validates the sizes.</summary>
    /// <param name="depth">L, 2..20.</param>
    /// <param name="branching">s, 2..16.</param>
    /// <param name="vocabulary">v, 2..46340 tokens.</param>
    /// <param name="codes">d_h, entries of a soft latent, 2..65535; it should be well above v.</param>
    /// <param name="width">Units of a hidden layer, 1..65535.</param>
    /// <exception cref="ArgumentException">A size is out of its range, or the network is too large for memory.</exception>
    public SlcShape(int depth, int branching, int vocabulary, int codes = 128, int width = 150)
    {
        Bounds.RequireInside("depth L", depth, 2, GrammarShape.MaxDepth, "a network needs a hidden level below the root");
        Bounds.RequireInside("branching factor s", branching, 2, GrammarShape.MaxBranching, "the sizes of a grammar");
        Bounds.RequireInside("vocabulary v", vocabulary, 2, 46340, "v^2 numbers, one-hot tokens, are held in one array");
        Bounds.RequireInside("number of codes d_h", codes, 2, LearnedHierarchy.Unresolved, "labels have 16 bits");
        Bounds.RequireInside("hidden width", width, 1, 65535, "a layer has that many units");
        (Depth, Branching, Vocabulary, Codes, Width) = (depth, branching, vocabulary, codes, width);
        double weights = 0;
        for (int l = 0; l < depth - 1; l++)
        {
            double predictor = width * (branching * ((double)Entries(l) + SlotsPerPosition * Entries(l)) + width);
            double clusterer = width * (branching * (double)SlotsPerPosition * Entries(l) + width + codes);
            weights += predictor + clusterer;
        }
        Bounds.RequireWeights($"a network with {this}", weights);
    }

    /// <summary>L.</summary>
    public int Depth { get; }

    /// <summary>s.</summary>
    public int Branching { get; }

    /// <summary>v.</summary>
    public int Vocabulary { get; }

    /// <summary>d_h.</summary>
    public int Codes { get; }

    /// <summary>Units of each hidden layer; 150 in the paper.</summary>
    public int Width { get; }

    /// <summary>L-1.</summary>
    public int Modules => Depth - 1;

    /// <summary>d_l, entries of a latent of level l: v for tokens, else d_h.</summary>
    /// <param name="level">l, 0..L-1.</param>
    public int Entries(int level) => level == 0 ? Vocabulary : Codes;

    /// <summary>(s-1) s: the cousin elements (j, k) that a tuple at a given position below its grandparent predicts.</summary>
    public int SlotsPerPosition => (Branching - 1) * Branching;

    /// <summary>s^L.</summary>
    public int TokenCount => checked((int)Math.Round(Math.Pow(Branching, Depth)));

    /// <summary>For example <c>L=4 s=3 v=10 d_h=128 width=150</c>.</summary>
    public override string ToString() => $"L={Depth} s={Branching} v={Vocabulary} d_h={Codes} width={Width}";
}

using System.Globalization;
using Rhm.Grammars;

namespace Rhm.Learners;

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
        Require("depth L", depth, 2, GrammarShape.MaxDepth, "a network needs a hidden level below the root");
        Require("branching factor s", branching, 2, GrammarShape.MaxBranching, "the sizes of a grammar");
        Require("vocabulary v", vocabulary, 2, 46340, "v^2 numbers, one-hot tokens, are held in one array");
        Require("number of codes d_h", codes, 2, LearnedHierarchy.Unresolved, "labels have 16 bits");
        Require("hidden width", width, 1, 65535, "a layer has that many units");
        (Depth, Branching, Vocabulary, Codes, Width) = (depth, branching, vocabulary, codes, width);
        double weights = 0;
        for (int l = 0; l < depth - 1; l++) weights += 2.0 * width * branching * SlotsPerPosition * Entries(l);
        if (weights > int.MaxValue / 4)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"a network with {this} has {weights:G3} weights, more than 2^29"));
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

    private static void Require(string name, int value, int least, int most, string reason)
    {
        if (value < least || value > most) throw new ArgumentException($"{name} = {value} is outside {least}..{most}: {reason}");
    }
}

/// <summary>Where gradients stop (figure 9 of the paper).</summary>
public enum SlcGradients
{
    /// <summary>Local rule: stopped between modules, and between clusterer and predictor. Robust at every depth; the default.</summary>
    Local,

    /// <summary>Stopped between modules only.</summary>
    Module,

    /// <summary>Every loss reaches every parameter below it.</summary>
    EndToEnd,
}

/// <summary>Which cousin elements a tuple predicts (figure 8 of the paper).</summary>
public enum SlcTargets
{
    /// <summary>All (s-1)s elements of the other tuples of its grandparent.</summary>
    All,

    /// <summary>The first element of the first other tuple.</summary>
    One,
}

/// <summary>How the 2(L-1) losses become one step.</summary>
public enum SlcCombination
{
    /// <summary>The gradient of their weighted sum.</summary>
    Sum,

    /// <summary>UPGrad of Quinton and Rey (arXiv:2406.16232): see <see cref="UpGrad"/>. With <see cref="SlcGradients.Local"/> and targets
    /// that are not attached the losses share no parameter, and UPGrad is their mean.</summary>
    UpGrad,
}

/// <summary>What the network minimises.</summary>
public sealed record SlcObjective
{
    /// <summary>Where gradients stop.</summary>
    public SlcGradients Gradients { get; init; } = SlcGradients.Local;

    /// <summary>Which cousin elements are predicted.</summary>
    public SlcTargets Targets { get; init; } = SlcTargets.All;

    /// <summary>Whether targets come from an exponential moving average (EMA) of the parameters; null: from the network itself.</summary>
    public double? EmaRate { get; init; }

    /// <summary>
    /// Whether, without a teacher, the gradients of a prediction loss also reach its targets, and below them what <see cref="Gradients"/> lets
    /// pass: the network then also learns latents that are easy to predict.
    /// </summary>
    public bool AttachedTargets { get; init; }

    /// <summary>
    /// S_m, the similarity above which two tuples are pulled together and below which they are pushed apart, in (0, 1); 0.8 in the
    /// paper. Null: found in each batch, see <see cref="ClusteringLoss{T}"/>.
    /// </summary>
    public double? Margin { get; init; }

    /// <summary>
    /// c, the most that the similarity of a pair counts beyond the margin, on either side, in (0, 1]; 1, no bound, in the paper. With 0.2 the
    /// pairs that resemble each other without being synonyms weigh as much as those that differ wholly, and their classes merge less often.
    /// </summary>
    public double WeightCap { get; init; } = 1;

    /// <summary>Weight of pushing apart, beside pulling together. At 1 merged classes never separate.</summary>
    public double PushWeight { get; init; } = 8;

    /// <summary>lambda_spars: reward of the mean |h|^2.</summary>
    public double Sparsity { get; init; } = 0.01;

    /// <summary>N_compare: most tuples of a batch that are compared pair by pair.</summary>
    public int Compared { get; init; } = 300;

    /// <summary>Weight of each prediction loss.</summary>
    public double PredictionWeight { get; init; } = 1;

    /// <summary>Weight of each clustering loss.</summary>
    public double ClusteringWeight { get; init; } = 1;

    /// <summary>
    /// Share, 0 to 1, of the clustering losses that goes on from the clusterer into the predictor and what lies below it, where gradients do
    /// not stop there; 1, all, in the paper. At 1 they swamp the prediction losses; at 0 each trains its own clusterer alone.
    /// </summary>
    public double SharedClustering { get; init; } = 1;

    /// <summary>Sum or UPGrad.</summary>
    public SlcCombination Combination { get; init; } = SlcCombination.Sum;

    /// <summary>Run the network once for equal tuples of a batch. Exact: the losses are the same sums in another order.</summary>
    public bool Deduplicate { get; init; } = true;

    /// <summary>Refuses numbers that make no sense.</summary>
    /// <exception cref="ArgumentException">A weight or rate is out of its range.</exception>
    public void Validate()
    {
        Require("EMA rate", EmaRate ?? 1, rate => rate is > 0 and <= 1, "in (0, 1]");
        Require("margin S_m", Margin ?? 0.5, margin => margin is > 0 and < 1, "in (0, 1)");
        Require("weight cap c", WeightCap, cap => cap is > 0 and <= 1, "in (0, 1]");
        Require("push weight", PushWeight, weight => weight >= 0, "at least 0");
        Require("sparsity weight", Sparsity, weight => weight >= 0, "at least 0");
        Require("prediction weight", PredictionWeight, weight => weight >= 0, "at least 0");
        Require("clustering weight", ClusteringWeight, weight => weight >= 0, "at least 0");
        Require("share of the clustering losses", SharedClustering, share => share is >= 0 and <= 1, "in [0, 1]");
        if (AttachedTargets && EmaRate is not null) throw new ArgumentException("attached targets have gradients, a teacher's have none: use either");
        if (Compared < 2) throw new ArgumentException($"number of compared tuples {Compared} must be at least 2: the clustering loss is over pairs");
    }

    internal static void Require(string name, double value, Func<double, bool> valid, string range)
    {
        if (!double.IsFinite(value) || !valid(value))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} = {value} must be {range}"));
    }
}

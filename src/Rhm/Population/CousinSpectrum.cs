using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using Rhm.Grammars;

namespace Rhm.Population;

/// <summary>
/// What the tuples of a level say about the latents of their cousin tuples, in the population of one grammar, exactly: the law of the
/// parents (a, b) of two cousin tuples at child positions i, j of a node of level l+2, all such nodes of the tree pooled, normalised to
/// K_ij[a, b] = (P(a, b) - P(a) P(b)) / (P(a) P(b))^(1/2). The normalised law of the tuples themselves has the same singular values that
/// are not 0, with right and left singular vectors that are functions of the parent: synonyms cannot be told apart, and all else can. The
/// optimum of every objective that predicts a cousin's own representation is therefore known.
/// </summary>
public sealed class CousinSpectrum
{
    private const int MostIterations = 10_000;

    private readonly Matrix<double>[] _moments;
    private readonly GrammarShape _shape;

    private CousinSpectrum(GrammarShape shape, Matrix<double>[] moments)
    {
        (_shape, _moments) = (shape, moments);
        Matrix<double> square = moments.Aggregate(Square(DenseMatrix.Create(shape.Vocabulary, 1, 0)), (sum, k) => sum + Square(k));
        SingularValues =
            [.. square.Evd(Symmetricity.Symmetric).EigenValues.Select(x => Math.Sqrt(Math.Max(0, x.Real))).OrderDescending()];
        VampScore = moments.Sum(k => k.FrobeniusNorm() * k.FrobeniusNorm());
        Gain = LargestGain();
    }

    /// <summary>The v singular values of the stacked matrix [K_ij, all i != j], v x s(s-1) v, in descending order: v-1 with a mean square
    /// of about s(s-1)(1-f)/m, and one that is 0 if symbols are as frequent at every child position, and small otherwise.</summary>
    public IReadOnlyList<double> SingularValues { get; }

    /// <summary>
    /// Largest VAMP-2 score of an encoder of tuples, the sum over ordered pairs of positions of |Cov(z_i)^(-1/2) Cov(z_i, z_j)
    /// Cov(z_j)^(-1/2)|^2: the sum of the chi-squares of all pairs, sum over i != j of |K_ij|^2. Reached by every representation of at
    /// least v-1 dimensions that is a linear map of the parents' indicators of full rank.
    /// </summary>
    public double VampScore { get; }

    /// <summary>Least spectral contrastive loss, sum over pairs of -2 E z_i^T W z_j + E (z_i^T W z_j')^2 over independent pairs, with
    /// centred representations of at least v-1 dimensions: the score with the other sign.</summary>
    public double SpectralContrastiveLoss => -VampScore;

    /// <summary>
    /// Least sum over pairs of E|W_ij z_i - z_j|^2 with Cov z = 1 and d dimensions, v-1 of which the parents' indicators span: s(s-1) d
    /// less the score. What VICReg minimises where its variance and covariance terms hold.
    /// </summary>
    /// <param name="dimension">d, at least v-1.</param>
    /// <exception cref="ArgumentException">Fewer dimensions: then the optimum is a compromise between pairs.</exception>
    public double PredictionLoss(int dimension) => dimension >= _shape.Vocabulary - 1
        ? _moments.Length * (double)dimension - VampScore
        : throw new ArgumentException($"dimension {dimension} is below v-1 = {_shape.Vocabulary - 1}, which the parents' indicators span");

    /// <summary>Spectral radius of M -> sum over i != j of K_ij M K_ij^T on v x v matrices: by how much the information about labels that a
    /// tuple passes on to its cousins grows for each cousin at a pair of positions. About s(s-1)(1-f)/m.</summary>
    public double Gain { get; }

    /// <summary>
    /// Kesten-Stigum threshold of the grammar at this level in grandparents: v m / <see cref="Gain"/>, for tuples of equal frequency. There
    /// are s^(L-l-2) grandparents a string, which are independent only at the top level.
    /// </summary>
    public double KestenStigumThreshold => Gain > 0 ? (double)_shape.Vocabulary * _shape.Multiplicity / Gain : double.PositiveInfinity;

    /// <summary>
    /// Grandparents at which a direction of the stacked pair counts rises above noise (transition of Baik, Ben Arous and Peche):
    /// v m (s(s-1))^(1/2) / sigma^2; see <see cref="AnnealedLaws.SpectralThreshold"/>.
    /// </summary>
    /// <param name="direction">0 for the strongest, v-2 for the weakest that the labels need.</param>
    public double SpectralThreshold(int direction) => (double)_shape.Vocabulary * _shape.Multiplicity * Math.Sqrt(_moments.Length)
        / (SingularValues[direction] * SingularValues[direction]);

    /// <summary>The spectrum of a level.</summary>
    /// <param name="grammar">Uniform or weighted rules.</param>
    /// <param name="level">l, 0..L-2: of the tuples' elements.</param>
    /// <exception cref="ArgumentException">There is no such level with cousins.</exception>
    public static CousinSpectrum Of(Grammar grammar, int level)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        GrammarShape shape = grammar.Shape;
        if (level < 0 || level > shape.Depth - 2)
            throw new ArgumentException($"level {level} is outside 0..{shape.Depth - 2} for {shape}: a cousin tuple needs a grandparent");
        double[] rules = RuleLaw(grammar, level + 1);
        var moments = new List<Matrix<double>>();
        for (int i = 0; i < shape.Branching; i++)
        {
            for (int j = 0; j < shape.Branching; j++)
            {
                if (i != j) moments.Add(Moment(grammar, level + 1, rules, i, j));
            }
        }
        return new CousinSpectrum(shape, [.. moments]);
    }

    /// <summary>Probability of every rule of a level at a node of the level above, the mean over these nodes.</summary>
    private static double[] RuleLaw(Grammar grammar, int level)
    {
        GrammarShape shape = grammar.Shape;
        double[] symbols = [.. Enumerable.Repeat(1.0 / shape.Classes, shape.Classes)];
        for (int l = shape.Depth - 1; ; l--)
        {
            double[] rules = [.. Enumerable.Range(0, checked((int)shape.RuleCount(l)))
                .Select(rule => symbols[rule / shape.Multiplicity] * grammar.RuleProbabilities[rule % shape.Multiplicity])];
            if (l == level) return rules;
            symbols = new double[shape.Vocabulary];
            for (int rule = 0; rule < rules.Length; rule++)
            {
                foreach (ushort symbol in grammar.Rule(l, rule)) symbols[symbol] += rules[rule] / shape.Branching;
            }
        }
    }

    private static Matrix<double> Moment(Grammar grammar, int level, double[] rules, int i, int j)
    {
        int v = grammar.Shape.Vocabulary;
        var joint = new DenseMatrix(v, v);
        for (int rule = 0; rule < rules.Length; rule++)
        {
            ReadOnlySpan<ushort> elements = grammar.Rule(level, rule);
            joint[elements[i], elements[j]] += rules[rule];
        }
        Vector<double> rows = joint.RowSums(), columns = joint.ColumnSums();
        return DenseMatrix.Create(v, v, (a, b) =>
        {
            double independent = rows[a] * columns[b];
            return independent > 0 ? (joint[a, b] - independent) / Math.Sqrt(independent) : 0;
        });
    }

    private static Matrix<double> Square(Matrix<double> k) => k.TransposeAndMultiply(k);

    /// <summary>The map keeps positive matrices positive, so that its largest eigenvalue is real and iteration from 1 finds it.</summary>
    private double LargestGain()
    {
        Matrix<double> state = DenseMatrix.CreateIdentity(_shape.Vocabulary);
        double gain = 0;
        for (int iteration = 0; iteration < MostIterations; iteration++)
        {
            Matrix<double> image = _moments.Aggregate(state * 0, (sum, k) => sum + k * state * k.Transpose());
            double next = image.Trace() / state.Trace();
            if (!(next > 0)) return 0;
            state = image / image.Trace();
            if (Math.Abs(next - gain) <= 1e-13 * next) return next;
            gain = next;
        }
        return gain;
    }
}

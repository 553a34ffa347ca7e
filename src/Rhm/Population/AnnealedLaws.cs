using MathNet.Numerics.Distributions;
using MathNet.Numerics.Integration;
using Rhm.Grammars;

namespace Rhm.Population;

/// <summary>
/// Averages over random grammars of the exact laws, as functions of (L, s, v, m) alone: formulas A to I (docs/formulas.md)
/// and the spectral thresholds. l is always the level of a tuple's elements, 0..L-1; it is learned as a latent of level l+1. Where a
/// formula is not exact, its accuracy is stated; it was measured for v = 8, 16, 32, m = 2..16, s = 2, 3, L = 4.
/// </summary>
/// <param name="Shape">The parameters. With n_c classes other than v the top level has n_c m rules.</param>
public sealed record AnnealedLaws(GrammarShape Shape)
{
    private readonly RuleWeights? _weights;

    /// <summary>
    /// Zipf exponent of the rule probabilities; 0 (uniform) by default. With others 1/m becomes the sum of the squared probabilities of a
    /// symbol's rules wherever squares decay, and the 1/N of formula C and E the average sum of squared shares of N rules (weighted rules,
    /// docs/formulas.md).
    /// </summary>
    /// <exception cref="ArgumentException">It is negative or not finite.</exception>
    public double Zipf
    {
        get;
        init => (field, _weights) = (value, value == 0 ? null : new RuleWeights(Shape.Multiplicity, value));
    }

    private double V => Shape.Vocabulary;

    private double M => Shape.Multiplicity;

    private double S => Shape.Branching;

    private double Classes => Shape.Classes;

    /// <summary>1 over the sum of the squared probabilities of a symbol's rules: m where they are uniform.</summary>
    private double Synonyms => _weights is null ? M : 1 / _weights.Concentration;

    /// <summary>1 over the probability of a typical rule: m where they are uniform.</summary>
    private double TypicalSynonyms => _weights is null ? M : 1 / _weights.Typical;

    /// <summary>f, or for weighted rules the share of squared correlations that is lost because rules exclude each other.</summary>
    private double Exclusion => _weights is null ? LegalFraction : Synonyms * Math.Pow(V, 1 - S);

    /// <summary>f = m / v^(s-1): the fraction of tuples that are legal.
    /// At f = 1 every string is legal and only labels inform (formula I).</summary>
    public double LegalFraction => Shape.LegalFraction;

    /// <summary>kappa = (1/m)(1-1/v)/(1-v^-s): the factor by which a production rule shrinks squared correlations (formula A, exact):
    /// E|d^T M_l|^2 = kappa |d|^2 for any d of zero sum.</summary>
    public double Kappa => 1 / Synonyms * (1 - 1 / V) / (1 - Math.Pow(V, -S));

    /// <summary>E cv_l^2 = E[v sum_a pi_l(a)^2 - 1] = (1-f) sum_(i=1)^(L-l) kappa^i + (v/n_c - 1) kappa^(L-l): non-uniformity of the prior
    /// (formula B, exact); 0 at the root.</summary>
    /// <param name="level">l, 0..L.</param>
    public double PriorVariation(int level)
    {
        int above = Shape.Depth - RequireLevel(level, Shape.Depth);
        if (above == 0) return 0;
        double sum = 0;
        for (int i = 1; i <= above; i++) sum += Math.Pow(Kappa, i);
        return (1 - Exclusion) * sum + (V / Classes - 1) * Math.Pow(Kappa, above);
    }

    /// <summary>
    /// E sum_ab C(a,b)^2 over two children of a node of a level (formula F): (1-1/v)^2/(1-v^-s) [(1+cv^2)/(v m) - v^-s]; with a uniform
    /// prior this is (1-1/v)^2 (1-f)/(v m (1-v^-s)). Leading order: within 5% for m at least 4, 2% for m at least 8.
    /// </summary>
    /// <param name="parentLevel">Level of the node, 1..L.</param>
    public double SiblingSquaredCorrelation(int parentLevel)
    {
        RequireLevel(parentLevel - 1, Shape.Depth - 1);
        double rules = Shape.SymbolCount(parentLevel) * Synonyms, all = Math.Pow(V, -S);
        return (1 - 1 / V) * (1 - 1 / V) / (1 - all) * ((1 + PriorVariation(parentLevel)) / rules - all);
    }

    /// <summary>
    /// E sum over tuples and values of C^2 between a tuple of level l and its target. Latent and token (formula D): (1/m) kappa^(k+1) times
    /// <see cref="SiblingSquaredCorrelation"/> of level l+2, k levels below (latent 0, token l, own latent -1: it is one level above), so
    /// latent : token is exactly kappa^-l; accuracy as there. Root (formula E): (1/m)((n_c-1)/n_c^2) kappa^(L-l-1), exact, without 1-f.
    /// </summary>
    /// <param name="target">The target.</param>
    /// <param name="level">l, 0..L-2 for latent and token, 0..L-1 for the root.</param>
    public double SquaredCorrelation(Target target, int level) => target == Target.Root
        ? 1 / Synonyms * (Classes - 1) / (Classes * Classes) * Math.Pow(Kappa, Shape.Depth - 1 - RequireLevel(level, Shape.Depth - 1))
        : 1 / Synonyms * Math.Pow(Kappa, LevelsBelow(target, level) + 1) * SiblingSquaredCorrelation(level + 2);

    /// <summary>
    /// E sum over two tokens of C^2 when their lowest common ancestor has level k: SiblingSquaredCorrelation(k) kappa^(2(k-1)) (formula G),
    /// a staircase in the tree distance. Exact up to the siblings' formula when the two paths use different child positions at every level.
    /// </summary>
    /// <param name="ancestorLevel">k, 1..L.</param>
    public double TokenSquaredCorrelation(int ancestorLevel) =>
        SiblingSquaredCorrelation(ancestorLevel) * Math.Pow(Kappa, 2 * (ancestorLevel - 1));

    /// <summary>
    /// Delta = E|phi(a)-phi(b)|^2 over pairs of parents of level-l tuples. Latent, token and own latent (formula C with k = 0, l and -1):
    /// [2(1-1/v)/(1-v^(1-s))] [nu_l - v^(1-s)] kappa^(k+1), nu_l = e1 + cv_(l+2)^2 (e1 - e2), e1 = E[1/N], e2 = E[1/N^2], N hypergeometric
    /// (v^s, v^(s-1), rules of the level above), given that both parents occur; within 2%. To leading order 2(1-f)/m^2 m^-k.
    /// Root (formula E): exactly 2 at l = L-1, D = 2 e1 (1-1/n_c)/(1-1/(n_c m)) at L-2; below, D kappa^(L-l-2) i_(l+1)/i_(L-1), where i_l =
    /// E[1/(v pi_l)], because a node's vector of joint probabilities with the root and its prior are sums over the same rules: the squared
    /// norm of one falls by kappa a level and is otherwise proportional to the other. Within 2% for m at least 8, 10% for m at least 4, 25%
    /// for m = 2. To leading order 2/m^(L-l-1).
    /// </summary>
    /// <param name="target">The target.</param>
    /// <param name="level">l, 0..L-2 for latent and token, 0..L-1 for the root.</param>
    public double Separation(Target target, int level)
    {
        if (target == Target.Root)
        {
            int above = Shape.Depth - 1 - RequireLevel(level, Shape.Depth - 1);
            return above == 0
                ? 2
                : RootSeparation * Math.Pow(Kappa, above - 1) * InversePrior(above) / InversePrior(1);
        }
        int k = LevelsBelow(target, level);
        if (_weights is null && LegalFraction == 1 && Shape.Classes == Shape.Vocabulary) return 0;
        double rules = Shape.RuleCount(level + 1);
        (double e1, double e2) = Agreements(rules);
        double nu = e1 + PriorVariation(level + 2) * (e1 - e2), same = Math.Pow(V, 1 - S);
        return 2 * (1 - 1 / V) / (1 - same) * (nu - same) * Math.Pow(Kappa, k + 1);
    }

    /// <summary>
    /// That two draws from the rules with an element hit the same rule, e1, and by how much less a prior of the rules that is not uniform
    /// adds to that, e2: E[1/N] and E[1/N^2], for weighted rules E[q2] and E[4 q3 - 3 q2^2], q_k the sum of k-th powers of their shares.
    /// </summary>
    private (double First, double Second) Agreements(double rules)
    {
        if (_weights is not { } weights) return (ExpectedOverRules(rules, n => 1 / n), ExpectedOverRules(rules, n => 1 / (n * n)));
        return (ExpectedOverRules(rules, n => weights.Shares(n).Squares), ExpectedOverRules(rules, n =>
        {
            (_, double cubes, double both) = weights.Shares(n);
            return 4 * cubes - 3 * both;
        }));
    }

    /// <summary>D: squared distance of the laws of the root given two symbols of level L-1.</summary>
    private double RootSeparation =>
        2 * Agreements(TopRules).First * (1 - 1 / Classes) / (1 - 1 / TopRules);

    private double TopRules => Shape.RuleCount(Shape.Depth - 1);

    /// <summary>Leading order of <see cref="Separation"/>: 2(1-f) m^-(k+2), or 2 m^-(L-l-1) for the root, with n_c = v.
    /// Up to 34% off at small m.</summary>
    /// <param name="target">The target.</param>
    /// <param name="level">l, as there.</param>
    public double LeadingSeparation(Target target, int level) => target == Target.Root
        ? 2 * Math.Pow(M, level + 1 - Shape.Depth)
        : 2 * (1 - LegalFraction) * Math.Pow(M, -2 - LevelsBelow(target, level));

    /// <summary>
    /// Strings P at which the sampling noise of a tuple's context vector equals the separation (formula H): a tuple is seen N = P/(v m)
    /// times, the noise is (1-|phi|^2)/N, so P = v m [(1-1/v)/Delta - 1/2]: about v m^3/(2(1-f)) for latents at every level,
    /// v m^(l+3)/(2(1-f)) for tokens, v m^2/(2(1-f)) for own latents, v m^(L-l)/2 for the root, of which 1/v is 1/n_c, and v m at the top
    /// level n_c m. Infinite where there is no signal. The prefactor of a learner's P* is its own; ratios between levels and targets are
    /// what is predicted.
    /// </summary>
    /// <param name="target">The target.</param>
    /// <param name="level">l, as for <see cref="Separation"/>; the latents learned are those of level l+1.</param>
    public double Resolution(Target target, int level)
    {
        double separation = Separation(target, level), values = target == Target.Root ? Classes : V;
        return separation > 0
            ? Shape.SymbolCount(level + 1) * TypicalSynonyms * Math.Max(0, (1 - 1 / values) / separation - 0.5)
            : double.PositiveInfinity;
    }

    /// <summary>The largest <see cref="Resolution(Target, int)"/> of the levels to learn: strings for all latents below the root.</summary>
    /// <param name="target">The target.</param>
    public double Resolution(Target target) => Enumerable.Range(0, Shape.Depth - 1).Max(level => Resolution(target, level));

    /// <summary>
    /// Twice the leading order of <see cref="Resolution(Target)"/>: v m^3/(1-f) for latents, v m^(L+1)/(1-f) for tokens, v m^2/(1-f) for
    /// own latents, n_c m^L for labels. Where n_c is not v, cousins below the root stand at the n_c m rules of the top level, with a legal
    /// fraction of their own: n_c m^3 for latents of the top level, v m^3 for those below. For weighted rules one m is 1 over the
    /// probability of a typical rule, the others 1 over the sum of squared probabilities. Infinite where there is no signal.
    /// </summary>
    /// <param name="target">The target.</param>
    public double LeadingOrder(Target target) => Enumerable.Range(0, Shape.Depth - 1).Max(level =>
    {
        double power = target == Target.Root ? Shape.Depth - level : LevelsBelow(target, level) + 3;
        int symbols = target == Target.Root ? Shape.Classes : Shape.SymbolCount(level + 2);
        double legal = symbols == Shape.Vocabulary ? Exclusion : Exclusion * symbols / V;
        double strings = _weights is null
            ? symbols * Math.Pow(M, power)
            : symbols * TypicalSynonyms * Math.Pow(Synonyms, power - 1);
        return target == Target.Root ? strings : strings / Math.Max(0, 1 - legal);
    });

    /// <summary>
    /// Strings P at which the means of k-means hold v clusters together (formula K): half of the tuples, less chance, are nearer to the
    /// mean of their own m - 1 synonyms than to every other mean, although the mean of which a tuple is part is drawn to its noise. Below
    /// the P* of k-means, which also has to find such means.
    /// </summary>
    /// <param name="target">A latent, a token or the tuple's own latent.</param>
    /// <param name="level">l, 0..L-2.</param>
    /// <param name="elements">Number K of elements that are the context, s^2(s-1) for all cousins; their noise is independent.</param>
    /// <exception cref="ArgumentException">A level out of range, the root as target, or no element.</exception>
    public double ClusteringThreshold(Target target, int level, int elements = 1)
    {
        if (target == Target.Root) throw new ArgumentException("formula K is about targets with v values, not the root");
        if (elements < 1) throw new ArgumentException($"a context of {elements} elements: there must be at least 1");
        if (Zipf != 0) throw new ArgumentException($"Zipf exponent {Zipf}: formula K is about uniform rules");
        double separation = Separation(target, level), spread = separation / (2 * (1 - 1 / V));
        if (separation == 0) return double.PositiveInfinity;
        // Of one sample: variance along the line of two context vectors, trace of the squared covariance, and trace.
        double along = 1 / V + spread / 2, square = 1 / V + spread, trace = 1 - 1 / V - separation / 2;
        double errors = SimplexQuantile();
        // (K Delta - 2 K trace/(m N))^2 = errors^2 K [4 (1 + 1/m) Delta along/N + (8/m + 4/m^2) square/N^2], in x = 1/N.
        double drawn = 2 * elements * trace / M, both = elements * separation, linear = 4 * (1 + 1 / M) * separation * along;
        double a = drawn * drawn - errors * errors * elements * (8 / M + 4 / (M * M)) * square;
        double b = -2 * both * drawn - errors * errors * elements * linear, c = both * both;
        double inverse = 2 * c / (-b + Math.Sqrt(b * b - 4 * a * c));
        return Shape.RuleCount(level) / inverse;
    }

    /// <summary>
    /// Mean over standard deviation of the v - 1 differences of squared distances at which all are positive with probability (1 + 1/v)/2,
    /// if they are normal with correlation 1/2: the error of v orthogonal signals.
    /// </summary>
    private double SimplexQuantile()
    {
        double low = 0, high = 20;
        for (int step = 0; step < 60; step++)
        {
            double middle = (low + high) / 2;
            double right = GaussLegendreRule.Integrate(t => Normal.PDF(0, 1, t)
                * Math.Pow(Normal.CDF(0, 1, Math.Sqrt(2) * middle - t), V - 1), -8, 8, 96);
            if (right < (1 + 1 / V) / 2) low = middle;
            else high = middle;
        }
        return high;
    }

    /// <summary>
    /// tau^2, mean square of the v-1 nontrivial singular values of the degree-normalised law of two siblings,
    /// v^2 <see cref="SiblingSquaredCorrelation"/>/(v-1): about (1-1/v)(1-f)/m. The law of two cousin tuples has the same ones.
    /// </summary>
    /// <param name="parentLevel">Level of the node, 1..L.</param>
    public double SiblingSingularValueSquared(int parentLevel) => V * V * SiblingSquaredCorrelation(parentLevel) / (V - 1);

    /// <summary>
    /// Strings at which the singular subspace of all s(s-1) stacked pair counts of the top level begins to rise above noise: the
    /// spike of squared singular value s(s-1) tau^2 in an n x s(s-1) n matrix, n = v m, of noise variance 1/P passes the transition of
    /// Baik, Ben Arous and Peche at P = n / ((s(s-1))^(1/2) tau^2), about v m^2/((1-f) (s(s-1))^(1/2)). Infinite at f = 1.
    /// </summary>
    public double SpectralThreshold => V * Synonyms / (Math.Sqrt(S * (S - 1)) * SiblingSingularValueSquared(Shape.Depth));

    /// <summary>
    /// Kesten-Stigum threshold of the top level, P = v m/(s(s-1) tau^2), about v m^2/((1-f) s(s-1)): a tuple has P/(v m) partners at each
    /// of the s(s-1) ordered pairs of positions, and the map M -> sum_b T_b M T_b^T by which they pass on information about labels has
    /// eigenvalue s(s-1) tau^2. Below it no known efficient method finds any label in large systems.
    /// </summary>
    public double KestenStigumThreshold => KestenStigumOf(Shape.Depth);

    /// <summary>The largest Kesten-Stigum threshold of the levels to learn: that of the top level, or, with fewer than v classes, one
    /// below.</summary>
    public double LargestKestenStigumThreshold => Enumerable.Range(2, Shape.Depth - 1).Max(KestenStigumOf);

    private double KestenStigumOf(int grandparent) => V * Synonyms / (S * (S - 1) * SiblingSingularValueSquared(grandparent));

    /// <summary>
    /// i = E[1/(v pi)] of a symbol some levels below the root. Its v pi is the sum of N terms 1/m times the v pi of the parents of its N
    /// rules; if these are independent with a Gamma law of mean 1 and mean inverse i', so is their sum, with mean inverse
    /// (m/N) N a/(N a - 1), a = i'/(i'-1), which is m i'/(N i' - i' + 1).
    /// </summary>
    private double InversePrior(int below)
    {
        double inverse = 1;
        for (int step = 0; step < below; step++)
        {
            (double above, double rules) = (inverse, Shape.RuleCount(Shape.Depth - 1 - step));
            double gamma = above > 1 ? above / (above - 1) : double.PositiveInfinity;
            inverse = _weights is { } weights
                ? ExpectedOverRules(rules, n => rules / V * weights.InverseSum(n, gamma))
                : ExpectedOverRules(rules, n => rules / V * above / (n * above - above + 1));
        }
        return inverse;
    }

    /// <summary>
    /// An average over the number N of legal tuples, so many of v^s, that have a given element at a given position, of which
    /// there are v^(s-1): hypergeometric, given that N > 0 and that another element occurs at that position too (a pair of context
    /// vectors exists only then; without that condition e1 is up to 3% smaller at m = 2).
    /// </summary>
    private double ExpectedOverRules(double draws, Func<double, double> value)
    {
        double population = Math.Pow(V, S), successes = Math.Pow(V, S - 1);
        double least = Math.Max(1, draws + successes - population), most = Math.Min(draws, successes);
        // The terms around the mean m, by the ratio of neighbours, until they no longer count.
        double mode = Math.Clamp(Math.Round(draws / V), least, most), mass = 0, sum = 0;
        Add(mode, 1);
        for (double n = mode, p = 1; n < most && p > 1e-25; n++)
            Add(n + 1, p *= (successes - n) * (draws - n) / ((n + 1) * (population - successes - draws + n + 1)));
        for (double n = mode, p = 1; n > least && p > 1e-25; n--)
            Add(n - 1, p *= n * (population - successes - draws + n) / ((successes - n + 1) * (draws - n + 1)));
        return sum / mass;

        void Add(double n, double p)
        {
            p *= 1 - Absence(draws - n, population - successes, successes);
            mass += p;
            sum += p * value(n);
        }
    }

    /// <summary>Probability that none of some draws without replacement is one of the given special members of a population.</summary>
    private static double Absence(double draws, double population, double special)
    {
        if (draws + special > population) return 0;
        const double fewest = 4096;
        (double factors, double share) = draws < special ? (draws, special) : (special, draws);
        if (factors > fewest) return Math.Exp(factors * double.LogP1(-share / (population - factors / 2)));
        double log = 0;
        for (double i = 0; i < factors; i++) log += double.LogP1(-share / (population - i));
        return Math.Exp(log);
    }

    private int LevelsBelow(Target target, int level)
    {
        RequireLevel(level, Shape.Depth - 2);
        return target switch
        {
            Target.Token => level,
            Target.OwnLatent => -1,
            _ => 0,
        };
    }

    private int RequireLevel(int level, int most) => level >= 0 && level <= most
        ? level
        : throw new ArgumentException($"level {level} is outside 0..{most} for {Shape}: a cousin tuple needs a grandparent, at most the "
            + "root");
}

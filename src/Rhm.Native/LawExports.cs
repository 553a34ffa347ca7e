using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rhm.Grammars;
using Rhm.Population;

namespace Rhm.Native;

/// <summary>Exact laws of a grammar, and averages over random grammars.</summary>
internal static unsafe class LawExports
{
    private const int Scalars = 7;

    /// <summary>joint[a, b] = P[A = a, B = b] of two sites (level, node, whether it is the tuple below the node).</summary>
    [UnmanagedCallersOnly(EntryPoint = "rhm_joint_law", CallConvs = [typeof(CallConvCdecl)])]
    public static int Joint(long grammar, int levelA, int nodeA, int tupleA, int levelB, int nodeB, int tupleB, double* joint,
        long capacity) =>
        Boundary.Run(() =>
        {
            Grammar known = Handles.Get<Grammar>(grammar);
            Site a = Site(levelA, nodeA, tupleA), b = Site(levelB, nodeB, tupleB);
            JointLaw<double> law = PopulationLaws.Of(known).Joint(a, b);
            Boundary.Require(joint, capacity, (long)law.Rows * law.Columns, "joint");
            for (int row = 0; row < law.Rows; row++) law.Row(row).CopyTo(new Span<double>(joint + (long)row * law.Columns, law.Columns));
        });

    /// <summary>Number of values of a site: rows or columns of its joint law.</summary>
    [UnmanagedCallersOnly(EntryPoint = "rhm_value_count", CallConvs = [typeof(CallConvCdecl)])]
    public static int ValueCount(long grammar, int level, int node, int tuple, int* count) => Boundary.Run(() =>
    {
        Boundary.Require(count, 1, 1, "count");
        Grammar known = Handles.Get<Grammar>(grammar);
        // The law checks that the site is in the tree.
        Site site = Site(level, node, tuple);
        _ = PopulationLaws.Of(known).Law(site);
        *count = site.ValueCount(known.Shape);
    });

    /// <summary>
    /// What the theory predicts for a shape. scalars: f, kappa, coverage, v m^2, Kesten-Stigum threshold, nats per token of the best
    /// next-token predictor, nats of a string. table[level, target, quantity] for tuples of levels 0..L-1; targets latent, token, root;
    /// quantities: average sum of C^2, average |phi(a)-phi(b)|^2, P at which noise equals it. NaN where the target does not exist.
    /// </summary>
    [UnmanagedCallersOnly(EntryPoint = "rhm_theory", CallConvs = [typeof(CallConvCdecl)])]
    public static int Theory(int depth, int branching, int vocabulary, int multiplicity, int classes, double* scalars, long scalarCapacity,
        double* table, long tableCapacity) => Boundary.Run(() =>
    {
        GrammarShape shape = GrammarExports.Shape(depth, branching, vocabulary, multiplicity, classes);
        var laws = new AnnealedLaws(shape);
        Span<double> s = Boundary.Memory<double>(scalars, scalarCapacity, Scalars, "scalars");
        Span<double> t = Boundary.Memory<double>(table, tableCapacity, 9L * depth, "table");
        double next = TokenPrediction.NextTokenEntropy(shape);
        ((double[])[laws.LegalFraction, laws.Kappa, SampleScales.Coverage(shape), SampleScales.Spectral(shape),
            depth >= 2 ? laws.KestenStigumThreshold : double.NaN,
            next, next * (double)shape.StringLength]).CopyTo(s);
        for (int level = 0; level < depth; level++)
        {
            foreach (Target target in (Target[])[Target.Latent, Target.Token, Target.Root])
            {
                bool exists = target == Target.Root || level <= depth - 2;
                int at = (level * 3 + Array.IndexOf([Target.Latent, Target.Token, Target.Root], target)) * 3;
                t[at] = exists ? laws.SquaredCorrelation(target, level) : double.NaN;
                t[at + 1] = exists ? laws.Separation(target, level) : double.NaN;
                t[at + 2] = exists ? laws.Resolution(target, level) : double.NaN;
            }
        }
    });

    private static Site Site(int level, int node, int tuple) =>
        tuple != 0 ? Population.Site.Tuple(level, node) : Population.Site.Symbol(level, node);
}

using System.Globalization;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Population;
using Rhm.Strings;

namespace Rhm.Levelwise;

/// <summary>What all levelwise learners share: from the tokens upwards, count the tuples of the level just learned with their targets,
/// group them, take the groups as the next level.</summary>
internal static class LevelwiseLearning
{
    /// <summary>Refuses strings from which no hierarchy can be learned.</summary>
    /// <exception cref="ArgumentException">No strings, a length that is not a power of s, depth 1, or too many symbols.</exception>
    public static void Require(IStringSource data, int branching)
    {
        ArgumentNullException.ThrowIfNull(data);
        int depth = data.Depth(branching);
        if (data.Vocabulary > LearnedHierarchy.Unresolved)
            throw new ArgumentException($"vocabulary v = {data.Vocabulary} leaves no 16-bit label for unresolved nodes: the learner "
                + $"takes up to {LearnedHierarchy.Unresolved} symbols");
        if (data.Count == 0) throw new ArgumentException("there are no strings to learn from");
        if (depth < 2)
            throw new ArgumentException("strings of a single tuple (depth L = 1) have no hidden level below the root: nothing to learn "
                + "without labels");
    }

    /// <summary>
    /// About how long one thread counts the tuples of all levels in strings of a grammar. Measured: 1.3 ns a tuple where the numbers of a
    /// level's tuples fit in a byte, and 50 ns where they do not and tables fit in no inner cache.
    /// </summary>
    /// <param name="shape">Shape of the grammar.</param>
    /// <param name="samples">P; the strings on which accuracy is measured are added.</param>
    public static double CountingSeconds(GrammarShape shape, long samples)
    {
        const double narrow = 1.3e-9, wide = 5e-8;
        double tuples = ((double)shape.StringLength - shape.Branching) / (shape.Branching - 1);
        return (samples + 2000) * tuples * (shape.RuleCount(0) <= 256 ? narrow : wide);
    }

    /// <summary>Learns levels 1..L-1; reads the strings L-1 times.</summary>
    /// <param name="data">The strings.</param>
    /// <param name="branching">s.</param>
    /// <param name="target">What is counted with the tuples.</param>
    /// <param name="cousins">Which of the targets.</param>
    /// <param name="poolGrandparents">All grandparents of a level, or the leftmost.</param>
    /// <param name="threads">At least 1.</param>
    /// <param name="group">Groups the tuples of a level, from their counts and the levels below: as many as the level's number.</param>
    /// <param name="cancellation">Stops within a pass.</param>
    public static LearnedHierarchy Learn(IStringSource data, int branching, Target target, CousinTargets cousins, bool poolGrandparents,
        int threads,
        Func<LevelCounts, IReadOnlyList<LearnedLevel>, Grouping> group, CancellationToken cancellation)
    {
        int depth = data.Depth(branching);
        var levels = new List<LearnedLevel>();
        var warnings = new List<string>();
        for (int level = 0; level < depth - 1; level++)
        {
            LevelCounts counts = LevelCounts.Collect(data, levels, depth, branching, target, cousins, poolGrandparents, threads,
                cancellation);
            Grouping found = group(counts, levels);
            Add(levels, warnings, counts, found);
        }
        return new LearnedHierarchy(depth, branching, data.Vocabulary, levels, warnings);
    }

    /// <summary>Takes the groups of a level as the symbols of the next.</summary>
    public static void Add(List<LearnedLevel> levels, List<string> warnings, LevelCounts counts, Grouping found)
    {
        int level = levels.Count + 1;
        if (counts.Tuples.Count < found.Symbols)
        {
            warnings.Add(string.Create(CultureInfo.InvariantCulture,
                $"level {level}: only {counts.Tuples.Count} different tuples were seen, fewer than the {found.Symbols} clusters; "
                    + $"each became a cluster of its own"));
        }
        warnings.AddRange(found.Warnings.Select(warning => $"level {level}: {warning}"));
        levels.Add(new LearnedLevel(counts.Tuples, [.. found.Labels.Select(label => (ushort)label)], counts.Branching, counts.Symbols,
            found.Symbols)
        {
            Search = found.Search,
        });
    }
}

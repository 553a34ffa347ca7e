using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Rhm.Clustering;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Benchmarks.Compare;

/// <summary>Iterative latent clustering and its k-means, one thread against all, and a whole published figure.</summary>
internal static class LearningComparisons
{
    private const int Restarts = 50;

    /// <summary>Against NumPy and scikit-learn with the same number of restarts.</summary>
    public static IEnumerable<Comparison> Learning(int threads)
    {
        var shape = new GrammarShape(5, 3, 8, 16);
        Grammar grammar = Grammar.Draw(shape, seed: 1);
        StringSampler strings = Strings(grammar, 10);
        string grammarFile = TemporaryFile("json"), pointsFile = TemporaryFile("bin");
        GrammarFile.Write(grammar, grammarFile);
        yield return new Comparison($"learn all levels, {shape}, P = 10 v m^3 = {strings.Count}, {Restarts} restarts", "ilc_numpy.py",
            [grammarFile, Text(strings.Count), Text(Restarts), Text(threads)], () => Learn(strings, threads), (ours, theirs) =>
            {
                RequireLearned("ours", grammar, (LearnedHierarchy)ours!);
                RequireLearned("the peer", grammar, HierarchyOf(theirs, shape));
            }, Goal: 50);
        File.Delete(grammarFile);

        (double[] points, int dimension) = ContextVectors(new GrammarShape(5, 3, 8, 32), threads);
        File.WriteAllBytes(pointsFile, MemoryMarshal.AsBytes(points.AsSpan()).ToArray());
        string kMeans = $"k-means, {points.Length / dimension} points x {dimension} dimensions, 8 clusters, {Restarts} restarts";
        yield return new Comparison(kMeans, "kmeans_sklearn.py", [pointsFile, Text(dimension), "8", Text(Restarts)],
            () => KMeans.Cluster(points, dimension, 8, Restarts, seed: 1, threads), (ours, theirs) =>
            {
                // Both sum 256 x 144 squares in double: they may differ by rounding, 2^-53 times the number of terms.
                double mine = ((Partition)ours!).Inertia, other = theirs.GetProperty("inertia").GetDouble();
                if (mine > other * (1 + 1e-11))
                    throw new InvalidOperationException($"k-means: our inertia {mine:R} is above the peer's {other:R}");
            }, Goal: 10);
        File.Delete(pointsFile);
    }

    /// <summary>All threads against one.</summary>
    public static IEnumerable<Comparison> Scaling(int threads)
    {
        double goal = threads == 2 ? 1.85 : 0;
        Grammar grammar = Grammar.Draw(new GrammarShape(5, 3, 8, 8), seed: 1);
        var strings = new StringSampler(grammar, seed: 1, count: 1 << 22);
        yield return new Comparison($"sample {grammar.Shape}, P = {strings.Count}, in the caches", "one thread", [],
            () => Visit(strings, threads), (_, _) => { }, goal, Against: () => Visit(strings, 1));
        Grammar larger = Grammar.Draw(new GrammarShape(5, 3, 8, 16), seed: 1);
        foreach (int factor in new[] { 10, 100 })
        {
            StringSampler data = Strings(larger, factor);
            LearnedHierarchy expected = Learn(data, 1);
            string work = $"learn all levels, {larger.Shape}, P = {factor} v m^3 = {data.Count}, {Restarts} restarts";
            yield return new Comparison(work, "one thread", [], () => Learn(data, threads),
                (ours, _) =>
                {
                    var levels = ((LearnedHierarchy)ours!).Levels.Zip(expected.Levels);
                    if (!levels.All(level => level.First.Labels.SequenceEqual(level.Second.Labels)))
                        throw new InvalidOperationException("one thread and all threads learn different labels");
                }, goal, Against: () => Learn(data, 1));
        }
    }

    /// <summary>The tool, from its start to the written figure.</summary>
    public static IEnumerable<Comparison> Figure(int threads)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"rhm-compare-{Environment.ProcessId}");
        string tool = Path.Combine(Comparisons.BenchmarksFolder, "..", "src", "Rhm.Cli", "bin", "Release", "net10.0", "Rhm.Cli.dll");
        yield return new Comparison("rhm reproduce fig3-left --scale paper", "", [], () =>
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            string[] arguments = [tool, "reproduce", "fig3-left", "--scale", "paper", "--threads", Text(threads), "--out", folder];
            var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true };
            using Process rhm = Process.Start(start)!;
            rhm.StandardOutput.ReadToEnd();
            rhm.WaitForExit();
            return rhm.ExitCode;
        }, (exitCode, _) =>
        {
            int rows = File.ReadLines(Path.Combine(folder, "thresholds.csv")).Count(line => !line.StartsWith('#')) - 1;
            if (exitCode is not 0 || rows != 12)
                throw new InvalidOperationException($"rhm ended with {exitCode} and {rows} of 12 thresholds");
            Directory.Delete(folder, recursive: true);
        }, Goal: 0, SecondsGoal: 20);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string TemporaryFile(string kind) => Path.Combine(Path.GetTempPath(), $"rhm-compare-{Environment.ProcessId}.{kind}");

    private static StringSampler Strings(Grammar grammar, int factor) =>
        new(grammar, seed: 1, count: (long)(factor * SampleScales.Latents(grammar.Shape)));

    private static LearnedHierarchy Learn(StringSampler strings, int threads) =>
        IterativeLatentClustering.Learn(strings, strings.Grammar.Shape.Branching,
            new IlcOptions { Seed = 1, Restarts = Restarts, Threads = threads });

    private static int Visit(StringSampler strings, int threads) =>
        strings.VisitGroups<object?>(threads, () => null, (_, _) => { }, () => strings.CreateGroup(withLatents: false)).Count;

    private static (double[] Vectors, int Dimension) ContextVectors(GrammarShape shape, int threads)
    {
        StringSampler strings = Strings(Grammar.Draw(shape, seed: 1), 1);
        LevelCounts counts = LevelCounts.Collect(strings, [], shape.Depth, shape.Branching, Target.Latent,
            CousinTargets.All, poolGrandparents: true, threads, default);
        return IterativeLatentClustering.ContextVectors(counts, CousinTargets.All);
    }

    private static void RequireLearned(string whose, Grammar grammar, LearnedHierarchy learned)
    {
        double[] accuracy = learned.Accuracy(new StringSampler(grammar, seed: 1, count: 2000, RandomPurpose.HeldOut));
        if (accuracy.Min() < 0.99) throw new InvalidOperationException($"{whose} learned the levels only to {string.Join(", ", accuracy)}");
    }

    private static LearnedHierarchy HierarchyOf(JsonElement answer, GrammarShape shape)
    {
        int v = shape.Vocabulary, s = shape.Branching;
        var levels = new List<LearnedLevel>();
        foreach (JsonElement level in answer.GetProperty("levels").EnumerateArray())
        {
            var tuples = new TupleIndex(s, v);
            foreach (JsonElement code in level.GetProperty("codes").EnumerateArray())
                tuples.Add([.. Enumerable.Range(0, s).Select(k => (ushort)(code.GetInt32() / (int)Math.Pow(v, s - 1 - k) % v))], out _);
            ushort[] labels = [.. level.GetProperty("labels").EnumerateArray().Select(label => (ushort)label.GetInt32())];
            levels.Add(new LearnedLevel(tuples, labels, s, v, v));
        }
        return new LearnedHierarchy(shape.Depth, s, v, levels, []);
    }
}

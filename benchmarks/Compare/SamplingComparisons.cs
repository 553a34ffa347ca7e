using System.Text.Json;
using Rhm.Grammars;
using Rhm.Strings;

namespace Rhm.Benchmarks.Compare;

/// <summary>Strings a second: visited while they are in the caches, and written to memory as an array [P, s^L].</summary>
internal static class SamplingComparisons
{
    private static readonly GrammarShape[] s_shapes = [new(5, 3, 8, 8), new(5, 3, 8, 32), new(7, 3, 16, 8), new(4, 2, 16, 4)];

    public static IEnumerable<Comparison> All(int threads)
    {
        foreach (GrammarShape shape in s_shapes)
        {
            var grammar = Grammar.Draw(shape, seed: 1);
            string path = Path.Combine(Path.GetTempPath(), $"rhm-compare-{Environment.ProcessId}.json");
            GrammarFile.Write(grammar, path);
            // Enough tokens that the peers' start of each piece of work does not count.
            var strings = new StringSampler(grammar, seed: 1, count: (1 << 27) / shape.TokenCount);
            string[] arguments = [path, FormattableString.Invariant($"{strings.Count}"), FormattableString.Invariant($"{threads}")];
            var array = new byte[strings.Count * shape.TokenCount];
            void Check(object? ours, JsonElement theirs) => RequireSameWork(grammar, (long)ours!, (long)array.Length, theirs);
            string inCaches = $"sample {shape}, in the caches";
            yield return new Comparison(inCaches, "sampling_numpy.py", arguments, () => Visit(strings, threads), Check, Goal: 20);
            yield return new Comparison(inCaches, "sampling_torch.py", arguments, () => Visit(strings, threads), Check, Goal: 20);
            yield return new Comparison($"sample {shape}, written out", "sampling_numpy.py", [.. arguments, "--write"], () =>
            {
                strings.CopyTo(array, threads);
                return (long)array.Length;
            }, (ours, theirs) =>
            {
                Check(ours, theirs);
                for (int i = 0; i < 200; i++) RequireLegal(grammar, [.. array.AsSpan(i * shape.TokenCount, shape.TokenCount)]);
            }, Goal: 0, Limit.WriteBandwidth, array.Length, LimitGoal: 0.4);
            File.Delete(path);
        }
    }

    /// <summary>Reads every string into the caches; answers the number of tokens.</summary>
    private static long Visit(StringSampler strings, int threads) =>
        strings.VisitGroups(threads, () => new long[1], (tokens, group) => tokens[0] += group.Count * (long)group.NodeCount(0),
            () => strings.CreateGroup(withLatents: false)).Sum(tokens => tokens[0]);

    private static void RequireSameWork(Grammar grammar, long ours, long expected, JsonElement theirs)
    {
        if (ours != expected || theirs.GetProperty("tokens").GetInt64() != expected)
            throw new InvalidOperationException($"of {expected} tokens ours drew {ours} and the peer {theirs.GetProperty("tokens")}");
        string[] sample = [.. theirs.GetProperty("sample").EnumerateArray().Select(text => text.ToString())];
        if (sample.Distinct().Count() < sample.Length / 2) throw new InvalidOperationException("the peer repeats its strings");
        foreach (JsonElement text in theirs.GetProperty("sample").EnumerateArray())
            RequireLegal(grammar, [.. text.EnumerateArray().Select(token => token.GetByte())]);
    }

    private static void RequireLegal(Grammar grammar, byte[] tokens)
    {
        ushort[] symbols = [.. tokens.Select(token => (ushort)token)];
        for (int level = 0; level < grammar.Shape.Depth; level++)
        {
            int[] parents = [.. symbols.Chunk(grammar.Shape.Branching).Select(tuple => grammar.FindParent(level, tuple))];
            if (parents.Contains(-1))
                throw new InvalidOperationException($"a string of {grammar.Shape} cannot be derived from the grammar at level {level}");
            symbols = [.. parents.Select(parent => (ushort)parent)];
        }
    }
}

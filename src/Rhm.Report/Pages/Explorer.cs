using System.Text.Json;
using Rhm.Grammars;
using Rhm.Population;

namespace Rhm.Report.Pages;

/// <summary>The page on which a visitor plays with a small grammar; its exact context vectors come from the library.</summary>
internal static class Explorer
{
    private const int Depth = 3;
    private const int Vocabulary = 3;

    private const string SomeLegal =
        "Synonyms share their context vector, so their rings lie around one point; tuples of different parents mostly do not. "
        + "Grouping the dots finds the parents, once there are enough strings.";

    private const string AllLegal =
        "All nine tuples are legal, so a tuple says nothing about its cousin: all rings lie around the centre, however many strings "
        + "there are.";

    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private sealed record Sample(string Name, string Note, int M, int[][][][] Rules, double[]?[][] Contexts);

    /// <summary>Seeds of grammars with m = 2 in which no two parents of a level share a context vector, as they do in many.</summary>
    private static IEnumerable<ulong> Separated()
    {
        for (ulong seed = 1; ; seed++)
        {
            var laws = PopulationLaws.Of(Grammar.Draw(new GrammarShape(Depth, 2, Vocabulary, 2), seed));
            double least = Enumerable.Range(0, Depth - 1)
                .Min(level => laws.ContextVectors(Site.Symbol(level + 1, 0), [Site.Symbol(level, 2)]).Separation().Least);
            if (least > 0.04) yield return seed;
        }
    }

    public static string Page()
    {
        Sample[] samples =
        [
            .. Separated().Take(4).Select((seed, i) =>
                Describe(2, seed, $"grammar {i + 1}: two of three tuples are legal (m = 2)", SomeLegal)),
            Describe(3, 1, "every tuple legal (m = 3, f = 1)", AllLegal),
        ];
        string data = JsonSerializer.Serialize(new { grammars = samples }, s_json);
        string options = string.Concat(samples.Select((sample, i) => $"<option value=\"{i}\">{Html.Escape(sample.Name)}</option>"));
        return Html.Page("Explorer of a small grammar", "", $"""
            <h1>Explorer of a small grammar</h1>
            <p class="lead">A Random Hierarchy Model with L = {Depth}, s = 2, v = {Vocabulary}: a root (I, II, III) writes two symbols of
            level 2 (A, B, C), each of these two of level 1 (a, b, c), each of these two tokens (1, 2, 3). Every symbol has m rules; the
            tuples that one symbol can be written as are synonyms.</p>
            <div class="controls"><label>Grammar <select id="grammar">{options}</select></label></div>
            <p id="grammar-note"></p>
            <div class="explorer">
            <section aria-labelledby="tree-title">
            <h2 id="tree-title">A derivation</h2>
            <p>Choose a symbol; press it again to write it with the next synonym. What is outside its subtree does not change.</p>
            <div id="tree"></div>
            <p>String: <strong><output id="string"></output></strong></p>
            <h3 id="synonyms-title">Synonyms</h3>
            <div id="synonyms" class="controls"></div>
            <div class="controls"><button id="derive">Derive another string</button></div>
            </section>
            <section aria-labelledby="contexts-title">
            <h2 id="contexts-title">Context vectors</h2>
            <p>The context vector of a tuple is the law of the first element of its cousin tuple. Rings: exact, one for each tuple, coloured
            by its parent. Dots: counted in strings; their distance to the ring is the sampling noise.</p>
            <div class="controls">
            <label>Tuples of level <select id="level"><option>0</option><option>1</option></select></label>
            <label>Strings <input id="strings" type="range" min="1" max="5" step="0.25" value="2.5">
            <output id="strings-value"></output></label>
            </div>
            <div id="contexts"></div>
            <div class="wide" tabindex="0"><table><caption class="soft">The same in numbers: probabilities of the three symbols</caption>
            <thead><tr><th>parent</th><th>tuple</th><th>exact</th><th>seen</th><th>counted</th></tr></thead>
            <tbody id="context-rows"></tbody></table></div>
            </section>
            </div>
            <script type="application/json" id="explorer-data">{data}</script>
            """, "explorer.js");
    }

    private static Sample Describe(int multiplicity, ulong seed, string name, string note)
    {
        Grammar grammar = Grammar.Draw(new GrammarShape(Depth, 2, Vocabulary, multiplicity), seed);
        PopulationLaws<double> laws = PopulationLaws.Of(grammar);
        int[] Rule(int level, int rule) => [.. grammar.Rule(level, rule).ToArray().Select(symbol => (int)symbol)];
        int[][] Rules(int level, int parent) =>
            [.. Enumerable.Range(0, multiplicity).Select(k => Rule(level, parent * multiplicity + k))];
        int[][][][] rules =
        [
            .. Enumerable.Range(0, Depth).Select(level => Enumerable.Range(0, Vocabulary).Select(parent => Rules(level, parent)).ToArray()),
        ];
        double[]?[][] contexts =
        [
            .. Enumerable.Range(0, Depth - 1).Select(level => laws.ContextVectors(Site.Tuple(level, 0), [Site.Symbol(level, 2)]).Vectors
                .Select(vector => vector?.Select(p => Math.Round(p, 6)).ToArray()).ToArray()),
        ];
        return new Sample(name, note, multiplicity, rules, contexts);
    }
}

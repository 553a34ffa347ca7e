using System.Text.Json;
using Rhm.Claims;
using Rhm.Grammars;
using Rhm.Population;
using Rhm.Report.Evidence;

namespace Rhm.Report.Pages;

/// <summary>
/// The first page: why predicting latents takes fewer samples, with a grammar to play with. Its exact context vectors come from the
/// library.
/// </summary>
internal static class MechanismPage
{
    private static readonly GrammarShape s_shape = new(4, 2, 8, 4);

    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The page.</summary>
    public static string Of(StoredResults results)
    {
        string data = JsonSerializer.Serialize(Describe(TypicalGrammar()), s_json);
        string counts = string.Join(", ", Enum.GetValues<Verdict>().Reverse().Select(verdict =>
            $"{results.Claims.Count(claim => claim.Stored.Verdict == verdict)} {ClaimResult.Word(verdict)}"));
        return Html.Page("Why latents need fewer samples than tokens", "", $$"""
            <h1>Why latents need fewer samples than tokens</h1>
            <p class="lead">Networks that predict their own latent representations (data2vec, JEPA) learn from far fewer samples than
            networks that predict tokens. On a small grammar one can see why. Three minutes; everything on this page is computed as you
            move.</p>

            <h2>1. A grammar writes strings</h2>
            <p>A root writes two symbols, each of these two more, down to the tokens that a learner sees. A symbol has m =
            {{s_shape.Multiplicity}} ways to be written, its <em>synonyms</em>. Press a symbol to write it with another synonym: only
            what is below it changes.</p>
            <div id="tree" class="tree"></div>
            <p class="controls"><button id="derive">Write another string</button> <span class="soft">What is hidden above the tokens are
            the <em>latents</em>. Learning the grammar is finding, from strings alone, which tuples are synonyms.</span></p>

            <h2>2. Synonyms keep the same company</h2>
            <p>Take a tuple and note what stands in its neighbour, the <em>cousin</em> below the same grandparent. Averaged over many
            strings that is the tuple's <em>context</em>. Synonyms have exactly the same one (rings, one for each of the
            {{s_shape.Vocabulary}} symbols A to H); from P strings it is known up to noise (dots, one for each of the
            {{s_shape.Vocabulary * s_shape.Multiplicity}} tuples). Once the dots of one colour lie closer to their ring than rings lie
            to each other, clustering finds the symbols. Move the number of strings, then change what is noted of the cousin.</p>
            <div class="controls">
            <label>Learn the latents of level <select id="level"><option value="0">1, from tokens</option><option value="1">2, from those
            of level 1</option>
            <option value="2" selected>3, from those of level 2</option></select></label>
            <button id="up">Go up one level</button>
            <label>Strings P <input id="strings" type="range" min="2" max="5" step="0.25" value="3.5"> <output
            id="strings-value"></output></label>
            </div>
            <fieldset class="controls"><legend>What is predicted: of the cousin</legend>
            <label><input type="radio" name="target" value="token"> one token below it</label>
            <label><input type="radio" name="target" value="latent" checked> one element, a latent of the level below</label>
            <label><input type="radio" name="target" value="own"> its own latent, of the level that is learned</label>
            <label><input type="radio" name="target" value="label"> or the root, a label</label>
            </fieldset>
            <div class="explorer">
            <section aria-labelledby="cloud-title"><h3 id="cloud-title">Contexts</h3><div id="cloud"></div>
            <p id="note" role="status"></p></section>
            <section aria-labelledby="curve-title"><h3 id="curve-title">Tuples put with their synonyms, by clustering</h3><div
            id="curve"></div>
            <p class="controls"><button id="all">Draw all four</button><span class="soft">The curve is drawn where you
            move.</span></p></section>
            </div>

            <h2>3. So the number of samples depends on what is predicted</h2>
            <p>Every rule between a tuple's parent and what is predicted shrinks the distance of rings by a factor of about √m and
            leaves the noise, 1/√(strings a tuple), as it is. A token lies as many rules below the cousin as the level is high; a latent
            only one, at every level, if the levels below have been learned; the cousin's own latent none.</p>
            <div class="wide" tabindex="0"><table><thead><tr><th>predicted</th><th>strings to learn all latents</th><th>grows with the
            depth L</th></tr></thead><tbody>
            <tr><td>tokens</td><td>v m<sup>L+1</sup></td><td>exponentially</td></tr>
            <tr><td>labels</td><td>v m<sup>L</sup></td><td>exponentially</td></tr>
            <tr><td>latents of the level below: the paper's ILC and SLC</td><td>v m<sup>3</sup></td><td>no</td></tr>
            <tr><td>the latent that is being learned (beyond the paper)</td><td>v m<sup>2</sup></td><td>no</td></tr>
            </tbody></table></div>
            <p><a href="calculator.html">The calculator</a> has these numbers for your parameters, beside what was measured.
            <a href="ledger.html">{{results.Claims.Count}} claims</a> test the theory: {{counts}}. Contradicted ones stay, with what was
            found.</p>
            <script type="application/json" id="mechanism-data">{{data}}</script>
            """, "mechanism.js");
    }

    /// <summary>The cousin's variables in the order of the page, for tuples of a level at the leftmost place.</summary>
    private static (string Name, Site Site)[] Targets(int level) =>
    [
        ("own", Site.Symbol(level + 1, 1)), ("latent", Site.Symbol(level, 2)), ("token", Site.Symbol(0, 2 << level)),
        ("label", Site.Symbol(s_shape.Depth, 0)),
    ];

    /// <summary>
    /// Of fifty grammars the one whose least distance of context vectors, over the mean, is largest: two parents with nearly the same
    /// contexts, which many grammars have, would show an accident and not the mechanism.
    /// </summary>
    private static Grammar TypicalGrammar() => Enumerable.Range(1, 50).Select(seed => Grammar.Draw(s_shape, (ulong)seed)).MaxBy(grammar =>
    {
        var laws = PopulationLaws.Of(grammar);
        return Enumerable.Range(0, s_shape.Depth - 1).Min(level =>
        {
            (double least, double mean) = laws.ContextVectors(Site.Symbol(level + 1, 0), [Site.Symbol(level, 2)]).Separation();
            return least / mean;
        });
    })!;

    private static object Describe(Grammar grammar)
    {
        var laws = PopulationLaws.Of(grammar);
        int[][] Rules(int level, int parent) =>
        [
            .. Enumerable.Range(0, s_shape.Multiplicity)
                .Select(k => grammar.Rule(level, parent * s_shape.Multiplicity + k).ToArray().Select(symbol => (int)symbol).ToArray()),
        ];
        double[]?[] Contexts(int level, Site target) =>
        [
            .. laws.ContextVectors(Site.Symbol(level + 1, 0), [target]).Vectors
                .Select(vector => vector?.Select(p => Math.Round(p, 6)).ToArray()),
        ];
        return new
        {
            s_shape.Depth,
            s_shape.Vocabulary,
            s_shape.Multiplicity,
            Rules = Enumerable.Range(0, s_shape.Depth)
                .Select(level => Enumerable.Range(0, s_shape.SymbolCount(level + 1)).Select(parent => Rules(level, parent))),
            Contexts = Enumerable.Range(0, s_shape.Depth - 1)
                .Select(level => Targets(level).ToDictionary(target => target.Name, target => Contexts(level, target.Site))),
        };
    }
}

using System.CommandLine;
using System.Globalization;
using System.Numerics;
using Rhm.Files;
using Rhm.Grammars;
using Rhm.Learning;

namespace Rhm.Cli.Commands;

/// <summary>rhm grammar: draws and shows grammars.</summary>
internal static class GrammarCommand
{
    public static Command Create() => new("grammar", "Draw a random grammar, or show one.") { CreateNew(), CreateShow() };

    private static Command CreateNew()
    {
        var grammar = new GrammarOptions();
        Option<ulong> seed = Options.Seed();
        FileOption output = Options.Output("--out", "Target file.", "FILE.json", required: true);
        var command = new Command("new", """
            Draw a grammar and write it as JSON.

            Example:
              rhm grammar new --depth 5 --branching 3 --vocabulary 8 --multiplicity 6 --out grammar.json
            """);
        grammar.AddTo(command, withFile: false);
        command.Add(seed);
        command.Add(output);
        command.SetAction(result =>
        {
            string path = result.GetValue(output)!;
            OutputFile.RequireWritable(path);
            Grammar drawn = grammar.Resolve(result, result.GetValue(seed));
            OutputFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(GrammarFile.ToJson(drawn))));
            Console.WriteLine($"{path}: {Describe(drawn)}");
            return ExitCode.Success;
        });
        return command;
    }

    private static Command CreateShow()
    {
        FileArgument file = new("file") { Description = "Grammar file." };
        Option<int> most = Options.Number("--rules", "Symbols to show per level.", 4, 0);
        var command = new Command("show", """
            Check a grammar file and show its sizes and rules.

            Example:
              rhm grammar show grammar.json
            """) { file, most };
        command.SetAction(result =>
        {
            Show(GrammarFile.Read(result.GetValue(file)!), result.GetValue(most));
            return ExitCode.Success;
        });
        return command;
    }

    private static void Show(Grammar grammar, int most)
    {
        GrammarShape shape = grammar.Shape;
        Console.WriteLine(Describe(grammar));
        for (int level = shape.Depth - 1; level >= 0; level--)
        {
            int parents = shape.SymbolCount(level + 1), shown = Math.Min(most, parents);
            Console.WriteLine($"level {level + 1} -> level {level}");
            for (int parent = 0; parent < shown; parent++)
            {
                var tuples = Enumerable.Range(parent * shape.Multiplicity, shape.Multiplicity).Take(8)
                    .Select(rule => string.Join(' ', grammar.Rule(level, rule).ToArray()));
                Console.WriteLine($"  {parent} -> {string.Join(" | ", tuples)}{(shape.Multiplicity > 8 ? " | ..." : "")}");
            }
            if (shown < parents) Console.WriteLine($"  ... {parents - shown} more symbols");
        }
    }

    private static string Describe(Grammar grammar)
    {
        GrammarShape shape = grammar.Shape;
        double digits = (shape.LogStringsPerClass + Math.Log(shape.Classes)) / Math.Log(10);
        string count = digits < 30
            ? shape.StringCount.ToString(CultureInfo.InvariantCulture)
            : $"10^{digits.ToString("0.0", CultureInfo.InvariantCulture)}";
        string zipf = grammar.ZipfExponent == 0 ? "" : $", Zipf exponent {LearnerParameter.Format(grammar.ZipfExponent)}";
        BigInteger tokens = shape.StringLength;
        return string.Create(CultureInfo.InvariantCulture,
            $"{shape}, strings of {tokens} tokens, f = {shape.LegalFraction:G4} of all tuples legal, {count} strings{zipf}");
    }
}

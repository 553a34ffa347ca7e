using System.CommandLine;
using System.Globalization;
using System.Numerics;
using Rhm.Files;
using Rhm.Grammars;

namespace Rhm.Cli.Commands;

/// <summary>rhm grammar: draws and shows grammars.</summary>
internal static class GrammarCommand
{
    public static Command Create() => new("grammar", "Draw a random grammar, or show one.") { CreateNew(), CreateShow() };

    private static Command CreateNew()
    {
        var grammar = new GrammarOptions();
        Option<ulong> seed = Options.Seed();
        Option<string> output = new("--out") { Description = "Target file.", Required = true, HelpName = "FILE.json" };
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
        Argument<string> file = new("file") { Description = "Grammar file." };
        Option<int> most = new("--rules") { Description = "Symbols to show per level.", DefaultValueFactory = _ => 4 };
        var command = new Command("show", """
            Check a grammar file and show its sizes and rules.

            Example:
              rhm grammar show grammar.json
            """) { file, most };
        command.SetAction(result =>
        {
            Grammar grammar = GrammarFile.Read(result.GetValue(file)!);
            GrammarShape shape = grammar.Shape;
            Console.WriteLine(Describe(grammar));
            for (int level = shape.Depth - 1; level >= 0; level--)
            {
                int parents = shape.SymbolCount(level + 1), shown = Math.Clamp(result.GetValue(most), 0, parents);
                Console.WriteLine($"level {level + 1} -> level {level}");
                for (int parent = 0; parent < shown; parent++)
                {
                    var tuples = Enumerable.Range(parent * shape.Multiplicity, shape.Multiplicity).Take(8)
                        .Select(rule => string.Join(' ', grammar.Rule(level, rule).ToArray()));
                    Console.WriteLine($"  {parent} -> {string.Join(" | ", tuples)}{(shape.Multiplicity > 8 ? " | ..." : "")}");
                }
                if (shown < parents) Console.WriteLine($"  ... {parents - shown} more symbols");
            }
            return ExitCode.Success;
        });
        return command;
    }

    private static string Describe(Grammar grammar)
    {
        GrammarShape shape = grammar.Shape;
        double digits = (shape.LogStringsPerClass + Math.Log(shape.Classes)) / Math.Log(10);
        string count = digits < 30 ? shape.StringCount.ToString(CultureInfo.InvariantCulture) : $"10^{digits.ToString("0.0", CultureInfo.InvariantCulture)}";
        string zipf = grammar.ZipfExponent == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", Zipf exponent {grammar.ZipfExponent}");
        BigInteger tokens = shape.StringLength;
        return string.Create(CultureInfo.InvariantCulture,
            $"{shape}, strings of {tokens} tokens, f = {shape.LegalFraction:G4} of all tuples legal, {count} strings{zipf}");
    }
}

using System.CommandLine;
using System.Globalization;
using Rhm.Experiments;
using Rhm.Files;
using Rhm.Grammars;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm theory: what the theory predicts for given parameters.</summary>
internal static class TheoryCommand
{
    public static Command Create()
    {
        var grammar = new GrammarOptions();
        Option<ulong> seed = Options.Seed();
        Option<int> threads = Options.Threads();
        Option<string?> json = new("--json") { Description = "Also write all numbers to a file.", HelpName = "FILE" };
        Option<string> output = new("--out") { Description = "Folder for the figure (SVG, PNG) and its data (CSV).", DefaultValueFactory = _ => Path.Combine("results", "theory"), HelpName = "FOLDER" };
        var command = new Command("theory", """
            What the theory predicts, level by level: squared correlation of a tuple with a latent, a token and the root, and the
            strings needed to see it. Averages over random grammars; with --grammar also the exact numbers of that grammar.

            Examples:
              rhm theory --depth 5 --branching 3 --vocabulary 8 --multiplicity 8
              rhm theory --grammar grammar.json --json theory.json
            """);
        grammar.AddTo(command, withFile: true, withZipf: false);
        foreach (Option option in (Option[])[seed, threads, json, output]) command.Add(option);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            (GrammarShape shape, Grammar? given) = grammar.ResolveShape(result);
            string folder = result.GetValue(output)!;
            OutputFile.RequireWritable(Path.Combine(folder, "theory.svg"));
            if (result.GetValue(json) is string target) OutputFile.RequireWritable(target);
            Theory.Result theory = Terminal.WithProgress("theory", _ => Theory.Predict(shape, given, result.GetValue(seed), result.GetValue(threads), cancellation));
            Show(theory);
            foreach (string file in Theory.Write(folder, theory)) Console.WriteLine(file);
            if (result.GetValue(json) is string path)
            {
                Theory.WriteJson(path, theory);
                Console.WriteLine(path);
            }
            return ExitCode.Success;
        }, cancellation));
        return command;
    }

    private static void Show(Theory.Result theory)
    {
        bool exact = theory.Rows[0].ExactSquaredCorrelation is not null;
        Console.WriteLine($"{theory.Shape}: f = {Terminal.Format(theory.LegalFraction)}, 1-f = {Terminal.Format(1 - theory.LegalFraction)}, kappa = {Terminal.Format(theory.Kappa)} (1/m = {Terminal.Format(1.0 / theory.Shape.Multiplicity)})");
        Console.WriteLine("Averages over random grammars" + (exact ? " (in brackets: exactly, in this grammar)" : "") + ": a tuple of level l, whose label is a latent of level l+1,");
        Console.WriteLine("with an element of a cousin tuple (latent), a token below that (token), and the root.");
        Table table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("l").RightAligned());
        foreach (string quantity in (string[])["sum of C^2", "strings P"])
        {
            foreach (string name in (string[])["latent", "token", "root"]) table.AddColumn(new TableColumn($"{quantity}\n{name}").RightAligned());
        }
        foreach (Theory.Row row in theory.Rows)
        {
            table.AddRow([row.TupleLevel.ToString(CultureInfo.InvariantCulture), .. Cells(row.SquaredCorrelation, row.ExactSquaredCorrelation), .. Cells(row.Samples, null)]);
        }
        Terminal.Write(table);
        Console.WriteLine($"P: strings at which sampling noise equals the separation of context vectors, at least coverage; a learner's P* is this times a constant.");
        Console.WriteLine($"coverage v m log(v m) = {Strings(theory.Coverage)}; spectral learner: scale v m^2 = {Strings(theory.SpectralScale)}");
        if (theory.Shape.Depth > 1) Console.WriteLine($"to learn all latents: latents {Strings(theory.Rows.Max(row => Known(row.Samples.Latent)))}, tokens {Strings(theory.Rows.Max(row => Known(row.Samples.Token)))}, labels {Strings(theory.Rows.Max(row => Known(row.Samples.Root)))}");
        Console.WriteLine($"no next-token predictor can have less than {Terminal.Format(theory.NextTokenFloor)} nats per token"
            + (theory.MaskedTokenFloor is { } floor ? $", no predictor of one masked token less than {Terminal.Format(floor.Mean)} +- {Terminal.Format(floor.StandardError)} (standard error, {floor.Strings} strings)" : ""));
        foreach (string warning in theory.Warnings) Console.WriteLine($"warning: {warning}");
    }

    private static IEnumerable<string> Cells(Theory.ByTarget annealed, Theory.ByTarget? exact)
    {
        (double, double?)[] cells = [(annealed.Latent, exact?.Latent), (annealed.Token, exact?.Token), (annealed.Root, exact?.Root)];
        return cells.Select(cell => double.IsNaN(cell.Item1) ? "" : Markup.Escape(
            (exact is null ? Strings(cell.Item1) : Terminal.Format(cell.Item1)) + (cell.Item2 is double value ? $" ({Terminal.Format(value)})" : "")));
    }

    private static double Known(double value) => double.IsNaN(value) ? 0 : value;

    private static string Strings(double value) =>
        double.IsPositiveInfinity(value) ? "never" : value >= 1 ? Terminal.Format(Math.Round(value)) : Terminal.Format(value);
}

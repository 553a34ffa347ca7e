using System.CommandLine;
using System.Globalization;
using Rhm.Experiments;
using Rhm.Files;
using Rhm.Grammars;
using Rhm.Population;
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
        FileOption json = Options.Output("--json", "Also write all numbers to a file.");
        Option<string> output = Options.Folder("--out", "Folder for the figure (SVG, PNG) and its data (CSV).",
            Path.Combine("results", "theory"));
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
            (string folder, string? target) = (result.GetValue(output)!, result.GetValue(json));
            string? refused = Refused(Path.Combine(folder, "theory.svg"), given: result.GetResult(output) is { Implicit: false });
            if (target is not null) OutputFile.RequireWritable(target);
            Theory.Result theory = Terminal.WithProgress("theory", _ =>
                Theory.Predict(shape, given, result.GetValue(seed), result.GetValue(threads), cancellation));
            Show(theory);
            if (refused is not null) Console.Error.WriteLine($"rhm: the figure is not drawn: {refused}; --out names another folder");
            else foreach (string file in Theory.Write(folder, theory)) Console.WriteLine(file);
            if (target is not null)
            {
                Theory.WriteJson(target, theory);
                Console.WriteLine(target);
            }
            return ExitCode.Success;
        }, cancellation));
        return command;
    }

    /// <summary>Why the folder that nobody named cannot be written; one that was given must be.</summary>
    private static string? Refused(string path, bool given)
    {
        try
        {
            OutputFile.RequireWritable(path);
            return null;
        }
        catch (ArgumentException error) when (!given)
        {
            return error.Message;
        }
    }

    private static void Show(Theory.Result theory)
    {
        bool exact = theory.Rows[0].ExactSquaredCorrelation is not null;
        (double f, double kappa, double most) = (theory.LegalFraction, theory.Kappa, 1.0 / theory.Shape.Multiplicity);
        string noise = $"kappa = {Terminal.Format(kappa)} (1/m = {Terminal.Format(most)})";
        Console.WriteLine($"{theory.Shape}: f = {Terminal.Format(f)}, 1-f = {Terminal.Format(1 - f)}, {noise}");
        string brackets = exact ? " (in brackets: exactly, in this grammar)" : "";
        Console.WriteLine($"Averages over random grammars{brackets}: a tuple of level l, whose label is a latent of level l+1,");
        Console.WriteLine("with an element of a cousin tuple (latent), a token below that (token), the root, and the cousin tuple's own");
        Console.WriteLine("latent, of the level that is learned (own latent).");
        ShowLevels(theory);
        Console.WriteLine("P: strings at which sampling noise equals the separation of context vectors, at least coverage; "
            + "a learner's P* is this times a constant.");
        string spectral = $"spectral learner: scale v m^2 = {Strings(theory.SpectralScale)}; "
            + $"Kesten-Stigum threshold {Strings(theory.KestenStigum)}";
        Console.WriteLine($"coverage v m log(v m) = {Strings(theory.Coverage)}; {spectral}");
        Console.WriteLine($"leading orders: latents v m^3 = {Strings(SampleScales.Latents(theory.Shape))}, "
            + $"tokens v m^(L+1) = {Strings(SampleScales.Tokens(theory.Shape))}, labels n_c m^L = "
            + $"{Strings(SampleScales.Labels(theory.Shape))}, own latents v m^2 = {Strings(theory.SpectralScale)}");
        if (theory.Shape.Depth > 1)
        {
            string Most(Func<Theory.ByTarget, double> of) =>
                Strings(theory.Rows.Select(row => of(row.Samples)).Where(samples => !double.IsNaN(samples)).DefaultIfEmpty().Max());
            IEnumerable<string> needed = Theory.Targets.Select(target => $"{target.Name} {Most(target.Of)}");
            Console.WriteLine($"to learn all latents, by target: {string.Join(", ", needed)}");
        }
        foreach (Theory.Row row in theory.Rows)
        {
            if (row.ExactSpectrum is not { } spectrum) continue;
            Console.WriteLine($"tuples of level {row.TupleLevel} in this grammar: best VAMP-2 score {Terminal.Format(spectrum.VampScore)}, "
                + $"singular values {Terminal.Format(spectrum.SingularValues[0])} to {Terminal.Format(spectrum.SingularValues[^2])}, "
                + $"Kesten-Stigum threshold {Strings(spectrum.KestenStigumThreshold)} grandparents");
        }
        string masked = theory.MaskedTokenFloor is not { } floor ? "" : $", no predictor of one masked token less than "
            + $"{Terminal.Format(floor.Mean)} +- {Terminal.Format(floor.StandardError)} (standard error, {floor.Strings} strings)";
        Console.WriteLine($"no next-token predictor can have less than {Terminal.Format(theory.NextTokenFloor)} nats per token{masked}");
        foreach (string warning in theory.Warnings) Console.WriteLine($"warning: {warning}");
    }

    private static void ShowLevels(Theory.Result theory)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("l").RightAligned());
        foreach (string quantity in (string[])["sum of C^2", "strings P"])
        {
            foreach ((string name, _) in Theory.Targets)
                table.AddColumn(new TableColumn($"{quantity}\n{name}").RightAligned());
        }
        foreach (Theory.Row row in theory.Rows)
        {
            string level = row.TupleLevel.ToString(CultureInfo.InvariantCulture);
            table.AddRow([level, .. Cells(row.SquaredCorrelation, row.ExactSquaredCorrelation), .. Cells(row.Samples, null)]);
        }
        Terminal.Write(table);
    }

    private static IEnumerable<string> Cells(Theory.ByTarget annealed, Theory.ByTarget? exact)
    {
        foreach ((_, Func<Theory.ByTarget, double> of) in Theory.Targets)
        {
            double mean = of(annealed);
            double? own = exact is null ? null : of(exact);
            string average = exact is null ? Strings(mean) : Terminal.Format(mean);
            string brackets = own is double value ? $" ({Terminal.Format(value)})" : "";
            yield return double.IsNaN(mean) ? "" : Markup.Escape(average + brackets);
        }
    }

    private static string Strings(double value) =>
        double.IsPositiveInfinity(value) ? "never" : value >= 1 ? Terminal.Format(Math.Round(value)) : Terminal.Format(value);
}

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Rhm.Claims;
using Rhm.Experiments;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm reproduce: measures a published figure anew.</summary>
internal static class ReproduceCommand
{
    public static Command Create() => new("reproduce", "Measure a published figure anew.") { CreateFigure3Left() };

    private static Command CreateFigure3Left()
    {
        Option<Scale> scale = Options.Scale();
        Option<ulong> seed = Options.Seed();
        Option<int> threads = Options.Threads();
        Option<string?> output = new("--out") { Description = "Target folder; results/fig3-left-SCALE by default. Results found there are not measured again.", HelpName = "FOLDER" };
        var command = new Command("fig3-left", """
            Figure 3, left: iterative latent clustering at L=5, s=3, v=8; accuracy of the top latents against P and P/(v m^3), and P*
            beside the published values. Writes CSV, SVG and PNG; interrupted, it goes on where it stopped.

            Example:
              rhm reproduce fig3-left --scale paper
            """) { scale, seed, threads, output };
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            Scale chosen = result.GetValue(scale);
            string folder = result.GetValue(output) ?? Path.Combine("results", $"fig3-left-{chosen.ToString().ToLowerInvariant()}");
            var clock = Stopwatch.StartNew();
            Figure3Left.Result figure = Terminal.WithProgress("fig3-left", progress =>
                Figure3Left.Run(folder, new Setting(chosen, result.GetValue(seed), result.GetValue(threads), progress, cancellation)));
            Table table = new Table().Border(TableBorder.Simple).AddColumns("learner", "m", "P*", "95% bootstrap", "P*/(v m^3)", "published P*", "P*/published");
            foreach (Figure3Left.ThresholdRow row in figure.Thresholds)
            {
                table.AddRow(row.Learner, $"{row.Multiplicity}", Terminal.Format(Math.Round(row.Measured)),
                    Markup.Escape($"[{Terminal.Format(Math.Round(row.Interval.Low))}, {Terminal.Format(Math.Round(row.Interval.High))}]"),
                    (row.Measured / (8 * Math.Pow(row.Multiplicity, 3))).ToString("0.00", CultureInfo.InvariantCulture), Terminal.Format(row.Published),
                    (row.Measured / row.Published).ToString("0.00", CultureInfo.InvariantCulture));
            }
            Terminal.Write(table);
            Console.WriteLine($"{figure.Cells.Count} runs, {clock.Elapsed.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s");
            foreach (string file in figure.Files) Console.WriteLine(file);
            return ExitCode.Success;
        }, cancellation));
        return command;
    }
}

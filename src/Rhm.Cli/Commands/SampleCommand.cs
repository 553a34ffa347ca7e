using System.CommandLine;
using Rhm.Files;
using Rhm.Learning;
using Rhm.Strings;

namespace Rhm.Cli.Commands;

/// <summary>rhm sample: writes strings as NumPy arrays.</summary>
internal static class SampleCommand
{
    public static Command Create()
    {
        var grammar = new GrammarOptions();
        Option<ulong> seed = Options.Seed();
        Option<long> count = Options.Of<long>(ProblemParameters.Samples);
        count.Required = true;
        FileOption output = Options.Output("--out", "Target: an array .npy or an archive .npz.", "FILE.npy", required: true);
        Option<bool> latents = new("--latents")
        {
            Description = "Also write levels 1..L: NAME.level1.npy .., or arrays level1 .. of the archive.",
        };
        var command = new Command("sample", """
            Draw strings of a grammar: an array [P, s^L] in C order, uint8 when v <= 256, else uint16.

            Examples:
              rhm sample --grammar grammar.json --count 100000 --out strings.npy
              rhm sample -L 5 -s 3 -v 8 -m 6 --count 1000 --out strings.npz --latents
            """);
        grammar.AddTo(command, withFile: true);
        foreach (Option option in (Option[])[seed, count, output, latents]) command.Add(option);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            string path = result.GetValue(output)!;
            OutputFile.RequireWritable([path], grammar.FileOf(result));
            var strings = new StringSampler(grammar.Resolve(result, result.GetValue(seed)), result.GetValue(seed), result.GetValue(count));
            IReadOnlyList<string> files = Terminal.WithProgress("sampling", progress =>
                DatasetFile.Write(strings, path, result.GetValue(latents), new Direct(progress), cancellation));
            foreach (string file in files) Console.WriteLine($"{file}: {new FileInfo(file).Length} bytes");
            return ExitCode.Success;
        }, cancellation));
        return command;
    }

    private sealed class Direct(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}

using System.CommandLine;
using Rhm.Files;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Strings;

namespace Rhm.Cli.Commands;

/// <summary>rhm sample: writes strings as NumPy arrays.</summary>
internal static class SampleCommand
{
    // Bits of a compressed symbol for each bit that it needs: measured, 1.6 with v = 8.
    private const double ArchivedBits = 1.7;

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
            (GrammarShape shape, Grammar? given) = grammar.ResolveShape(result);
            WorkEstimate expected = Expected(shape, result.GetValue(count), path, result.GetValue(latents)).Required();
            Grammar drawn = given ?? Grammar.Draw(shape, result.GetValue(seed), grammar.ZipfOf(result));
            var strings = new StringSampler(drawn, result.GetValue(seed), result.GetValue(count));
            IReadOnlyList<string> files = Terminal.WithProgress("sampling", progress =>
                DatasetFile.Write(strings, path, result.GetValue(latents), new Direct(progress), cancellation), expected);
            foreach (string file in files) Console.WriteLine($"{file}: {new FileInfo(file).Length} bytes");
            return ExitCode.Success;
        }, cancellation));
        return command;
    }

    /// <summary>What strings take in a file; in an archive, which is compressed, little more than the bits of the symbols.</summary>
    private static WorkEstimate Expected(GrammarShape shape, long count, string path, bool withLatents)
    {
        double nodes = Enumerable.Range(0, withLatents ? shape.Depth + 1 : 1).Sum(level => (double)shape.NodeCount(level));
        int symbols = Math.Max(shape.Vocabulary, shape.Classes);
        double bytes = symbols <= 256 ? 1 : 2;
        if (path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase)) bytes = Math.Min(bytes, ArchivedBits * Math.Log2(symbols) / 8);
        double memory = NullLearner.Learner.MemoryBytes(shape, count, NullLearner.Learner.Defaults);
        return new WorkEstimate($"sample with {shape} and P = {count}", memory, "a smaller grammar needs less")
        {
            DiskBytes = count * nodes * bytes,
            Target = path,
            DiskRemedy = "--count asks for fewer strings, --out for another disk",
        };
    }

    private sealed class Direct(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}

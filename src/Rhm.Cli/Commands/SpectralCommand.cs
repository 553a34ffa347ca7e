using System.CommandLine;
using Rhm.Grammars;
using Rhm.Levelwise;
using Rhm.Population;

namespace Rhm.Cli.Commands;

/// <summary>rhm spectral: learns latents by spectral latent clustering.</summary>
internal static class SpectralCommand
{
    public static Command Create()
    {
        Option<string> latents = LatentsOption.Create();
        Option<int> starts = new("--starts") { Description = "Most starts; it ends when the best likelihood was found twice.", DefaultValueFactory = _ => new SpectralOptions().Starts };
        return LearnCommand.Create("spectral", """
            Learn the latents of levels 1..L-1 by spectral latent clustering: from about v m^2 strings where rhm ilc needs v m^3.
            With a grammar the accuracy on held-out strings is shown; with your own data, what was found.

            Examples:
              rhm spectral -L 5 -s 3 -v 8 -m 32
              rhm spectral --data strings.npy --branching 3 --vocabulary 8 --latents auto --out latents
            """, [latents, starts], DefaultCount,
            (result, seed, threads) =>
            {
                (int count, bool estimate) = LatentsOption.Read(result, latents);
                var options = new SpectralOptions
                {
                    EstimateLatents = estimate,
                    Latents = count,
                    Starts = result.GetValue(starts),
                    Seed = seed,
                    Threads = threads,
                };
                options.Validate();
                return (strings, branching, cancellation) => SpectralLatentClustering.Learn(strings, branching, options, cancellation);
            });
    }

    /// <summary>Strings for a learner from pair counts, where none are asked for.</summary>
    public static (string Words, Func<GrammarShape, double> Of) DefaultCount { get; } = ("2 v m^2 or twice v m log(v m), the larger,",
        shape => 2 * Math.Max(SampleScales.Spectral(shape), SampleScales.Coverage(shape)));
}

using System.CommandLine;
using System.Globalization;
using Rhm.Levelwise;
using Rhm.Population;

namespace Rhm.Cli.Commands;

/// <summary>rhm spectral: learns latents by spectral latent clustering.</summary>
internal static class SpectralCommand
{
    public static Command Create()
    {
        Option<string> latents = new("--latents")
        {
            Description = "Latents of every hidden level: a number, or auto to estimate it level by level from the spectrum; as many as tokens by default.",
            HelpName = "K|auto",
            DefaultValueFactory = _ => "0",
        };
        Option<int> starts = new("--starts") { Description = "Most starts; it ends when the best likelihood was found twice.", DefaultValueFactory = _ => new SpectralOptions().Starts };
        return LearnCommand.Create("spectral", """
            Learn the latents of levels 1..L-1 by spectral latent clustering: from about v m^2 strings where rhm ilc needs v m^3.
            With a grammar the accuracy on held-out strings is shown; with your own data, what was found.

            Examples:
              rhm spectral -L 5 -s 3 -v 8 -m 32
              rhm spectral --data strings.npy --branching 3 --vocabulary 8 --latents auto --out latents
            """, [latents, starts], ("2 v m^2 or twice v m log(v m), the larger,", shape => 2 * Math.Max(new AnnealedLaws(shape).SpectralScale, new AnnealedLaws(shape).Coverage)),
            (result, seed, threads) =>
            {
                string count = result.GetValue(latents)!;
                bool estimate = count == "auto";
                if (!estimate && !(int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && (number >= 1 || result.GetResult(latents) is { Implicit: true })))
                    throw new ArgumentException($"number of latents \"{count}\" is neither a positive number nor auto");
                var options = new SpectralOptions
                {
                    EstimateLatents = estimate,
                    Latents = estimate ? 0 : int.Parse(count, CultureInfo.InvariantCulture),
                    Starts = result.GetValue(starts),
                    Seed = seed,
                    Threads = threads,
                };
                SpectralLatentClustering.Require(options);
                return (strings, branching, cancellation) => SpectralLatentClustering.Learn(strings, branching, options, cancellation);
            });
    }
}

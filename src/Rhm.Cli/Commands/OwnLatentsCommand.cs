using System.CommandLine;
using Rhm.Levelwise;

namespace Rhm.Cli.Commands;

/// <summary>rhm own-latents: learns latents by own-latent clustering.</summary>
internal static class OwnLatentsCommand
{
    public static Command Create()
    {
        var defaults = new OwnLatentOptions();
        Option<OwnLatentStart> start = new("--start")
        {
            Description = "First codes of the tuples: clusters of contexts of cousin elements, or random ones.",
            DefaultValueFactory = _ => defaults.Start,
        };
        Option<int> rounds = new("--rounds")
        {
            Description = "Most rounds from a start; it ends when the codes no longer change.",
            DefaultValueFactory = _ => defaults.Rounds,
        };
        Option<int> starts = new("--starts")
        {
            Description = "Most starts; it ends when the best likelihood was found twice.",
            DefaultValueFactory = _ => defaults.Starts,
        };
        Option<string> latents = LatentsOption.Create();
        return LearnCommand.Create("own-latents", """
            Learn the latents of levels 1..L-1 by own-latent clustering: like rhm ilc, but tuples are told apart by the latents of their
            cousin tuples, the same that are being learned, as far as they are known, and not by the elements of these. It needs
            about v m^2 strings where rhm ilc needs v m^3.
            With a grammar the accuracy on held-out strings is shown; with your own data, what was found.

            Examples:
              rhm own-latents -L 4 -s 3 -v 8 -m 32
              rhm own-latents -L 4 -s 3 -v 8 -m 32 --start random
              rhm own-latents --data strings.npy --branching 3 --vocabulary 8 --latents auto --out latents
            """, [start, rounds, starts, latents], SpectralCommand.DefaultCount,
            (result, seed, threads) =>
            {
                (int count, bool estimate) = LatentsOption.Read(result, latents);
                var options = new OwnLatentOptions
                {
                    Start = result.GetValue(start),
                    Rounds = result.GetValue(rounds),
                    Starts = result.GetValue(starts),
                    EstimateLatents = estimate,
                    Latents = count,
                    Seed = seed,
                    Threads = threads,
                };
                OwnLatentClustering.Require(options);
                return (strings, branching, cancellation) => OwnLatentClustering.Learn(strings, branching, options, cancellation);
            });
    }
}

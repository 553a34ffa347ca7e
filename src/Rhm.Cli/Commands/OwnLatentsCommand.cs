using System.CommandLine;
using Rhm.Learning;
using Rhm.Levelwise;

namespace Rhm.Cli.Commands;

/// <summary>rhm own-latents: learns latents by own-latent clustering.</summary>
internal static class OwnLatentsCommand
{
    public static Command Create()
    {
        Learner<OwnLatentOptions> learner = OwnLatentClustering.Learner;
        IReadOnlyDictionary<string, Option> own = Options.Of(learner, "start", "rounds", "starts", "whole_tuples", "most_latents");
        var latents = new LatentsOption(learner);
        return LearnCommand.Create(learner, """
            Learn the latents of levels 1..L-1 by own-latent clustering: like rhm ilc, but tuples are told apart by the latents of their
            cousin tuples, the same that are being learned, as far as they are known, and not by the elements of these. It needs
            about v m^2 strings where rhm ilc needs v m^3.
            With a grammar the accuracy on held-out strings is shown; with your own data, what was found.

            Examples:
              rhm own-latents -L 4 -s 3 -v 8 -m 32
              rhm own-latents -L 4 -s 3 -v 8 -m 32 --start random
              rhm own-latents --data strings.npy --branching 3 --vocabulary 8 --latents auto --out latents
            """, [.. own.Values, latents.Option], SpectralCommand.DefaultCount, (result, seed, threads) =>
        {
            Dictionary<string, object> given = Options.Given(result, own);
            latents.Add(result, given);
            OwnLatentOptions options = (OwnLatentOptions)learner.Options(given) with { Seed = seed, Threads = threads };
            options.Validate();
            return (options, (strings, s, cancellation) => OwnLatentClustering.Learn(strings, s, options, cancellation));
        });
    }
}

using System.CommandLine;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Population;

namespace Rhm.Cli.Commands;

/// <summary>rhm spectral: learns latents by spectral latent clustering.</summary>
internal static class SpectralCommand
{
    /// <summary>Strings for a learner from pair counts, where none are asked for.</summary>
    public static (string Words, Func<GrammarShape, double> Of) DefaultCount { get; } = ("2 v m^2 or twice v m log(v m), the larger,",
        shape => 2 * Math.Max(SampleScales.Spectral(shape), SampleScales.Coverage(shape)));

    public static Command Create()
    {
        Learner<SpectralOptions> learner = SpectralLatentClustering.Learner;
        IReadOnlyDictionary<string, Option> own = Options.Of(learner, "starts", "whole_tuples", "most_latents");
        var latents = new LatentsOption(learner);
        return LearnCommand.Create(learner, """
            Learn the latents of levels 1..L-1 by spectral latent clustering: from about v m^2 strings where rhm ilc needs v m^3.
            With a grammar the accuracy on held-out strings is shown; with your own data, what was found.

            Examples:
              rhm spectral -L 5 -s 3 -v 8 -m 32
              rhm spectral --data strings.npy --branching 3 --vocabulary 8 --latents auto --out latents
            """, [latents.Option, .. own.Values], DefaultCount, (result, seed, threads) =>
        {
            Dictionary<string, object> given = Options.Given(result, own);
            latents.Add(result, given);
            SpectralOptions options = (SpectralOptions)learner.Options(given) with { Seed = seed, Threads = threads };
            options.Validate();
            return (options, (strings, s, cancellation) => SpectralLatentClustering.Learn(strings, s, options, cancellation));
        });
    }
}

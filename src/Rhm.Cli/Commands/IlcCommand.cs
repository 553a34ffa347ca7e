using System.CommandLine;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Population;

namespace Rhm.Cli.Commands;

/// <summary>rhm ilc: learns latents by iterative latent clustering.</summary>
internal static class IlcCommand
{
    public static Command Create()
    {
        Learner<IlcOptions> learner = IterativeLatentClustering.Learner;
        IReadOnlyDictionary<string, Option> own = Options.Of(learner, "cousins", "pool_grandparents", "restarts");
        // The word of older versions.
        Option<bool> first = new("--first-grandparent") { Description = "The same as --pool-grandparents false.", Hidden = true };
        return LearnCommand.Create(learner, """
            Learn the latents of levels 1..L-1 by iterative latent clustering (Algorithm 1 of the paper).
            With a grammar the accuracy on held-out strings is shown; with your own data, what was found.

            Examples:
              rhm ilc -L 5 -s 3 -v 8 -m 6
              rhm ilc --data strings.npy --branching 3 --vocabulary 8 --out latents
            """, [.. own.Values, first], ("10 v m^3", shape => 10 * SampleScales.Latents(shape)), (result, seed, threads) =>
        {
            IlcOptions options = (IlcOptions)learner.Options(Options.Given(result, own)) with { Seed = seed, Threads = threads };
            if (result.GetValue(first)) options = options with { PoolGrandparents = false };
            return (options, (strings, s, cancellation) => IterativeLatentClustering.Learn(strings, s, options, cancellation));
        });
    }
}

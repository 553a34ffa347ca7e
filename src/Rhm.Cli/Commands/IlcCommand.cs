using System.CommandLine;
using Rhm.Levelwise;
using Rhm.Population;

namespace Rhm.Cli.Commands;

/// <summary>rhm ilc: learns latents by iterative latent clustering.</summary>
internal static class IlcCommand
{
    public static Command Create()
    {
        Option<CousinTargets> cousins = new("--cousins") { Description = "Context: one element, one cousin tuple, or all cousins.", DefaultValueFactory = _ => CousinTargets.All };
        Option<bool> first = new("--first-grandparent") { Description = "Use the first grandparent of a level only; all are pooled by default." };
        Option<int> restarts = new("--restarts") { Description = "Restarts of k-means.", DefaultValueFactory = _ => new IlcOptions().Restarts };
        return LearnCommand.Create("ilc", """
            Learn the latents of levels 1..L-1 by iterative latent clustering (Algorithm 1 of the paper).
            With a grammar the accuracy on held-out strings is shown; with your own data, what was found.

            Examples:
              rhm ilc -L 5 -s 3 -v 8 -m 6
              rhm ilc --data strings.npy --branching 3 --vocabulary 8 --out latents
            """, [cousins, first, restarts], ("10 v m^3", shape => 10 * SampleScales.Latents(shape)), (result, seed, threads) =>
        {
            var options = new IlcOptions
            {
                Cousins = result.GetValue(cousins),
                PoolGrandparents = !result.GetValue(first),
                Restarts = result.GetValue(restarts),
                Seed = seed,
                Threads = threads,
            };
            if (options.Restarts is < 1 or > 1_000_000) throw new ArgumentException($"number of restarts {options.Restarts} is outside 1..1000000");
            return (strings, branching, cancellation) => IterativeLatentClustering.Learn(strings, branching, options, cancellation);
        });
    }
}

using Rhm.Claims;
using Rhm.Learning;
using Rhm.Running;
using Rhm.Sweeps;

namespace Rhm.Cli;

/// <summary>Claims of the ledger as cells of sweeps: kind "claim".</summary>
internal static class ClaimCells
{
    private static readonly string s_versions =
        string.Join(' ', new LearnerCatalog().All.Select(learner => $"{learner.Name}-{learner.Version}"));

    /// <summary>The function.</summary>
    public static CellFunction Function { get; } =
        CellFunction.Define("claim", 1, new ClaimCellOptions { Learners = s_versions }, Run, Require, seconds: Seconds);

    private static Claim Find(ClaimCellOptions options) => Ledger.claims.FirstOrDefault(claim => claim.Id == options.Claim)
        ?? throw new ArgumentException($"claim = \"{options.Claim}\" is no claim of the ledger; rhm verify --list shows all");

    private static void Require(ClaimCellOptions options)
    {
        if (Find(options).Least > options.Scale)
            throw new ArgumentException($"scale = quick cannot decide claim {options.Claim}: it needs paper");
        if (options.Learners != s_versions)
            throw new ArgumentException($"learners = \"{options.Learners}\" is given by the program: \"{s_versions}\"");
    }

    // On average over the ledger: some minutes at quick scale, more than an hour at paper scale.
    private static double Seconds(ClaimCellOptions options) => options.Scale == Scale.Quick ? 4 : 90;

    private static LearningResult Run(ClaimCellOptions options, CellContext context)
    {
        Claim claim = Find(options);
        var setting = new RunContext(options.Scale, context.Seed, context.Threads, _ => { }, context.Cancellation);
        Measurement measured = options.Control ? claim.RunControl(setting) : claim.Run(setting);
        return new LearningResult([])
        {
            Measures = new SortedDictionary<string, double>(StringComparer.Ordinal)
            {
                ["predicted"] = measured.Predicted,
                ["measured"] = measured.Measured,
                ["reading_low"] = measured.ReadingLow,
                ["reading_high"] = measured.ReadingHigh,
                ["low"] = measured.Low,
                ["high"] = measured.High,
                ["accept_low"] = measured.AcceptLow,
                ["accept_high"] = measured.AcceptHigh,
                ["verdict"] = (int)measured.Verdict,
            },
        };
    }
}

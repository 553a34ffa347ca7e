using System.CommandLine;
using Rhm.Networks.StackedLatentClustering;

namespace Rhm.Cli.Commands;

/// <summary>The options of a stacked latent clustering network: its sizes, what it minimises and how.</summary>
internal sealed class SlcOptions
{
    private static readonly SlcObjective s_objective = new();
    private static readonly SlcTraining s_training = new();
    private static readonly SlcLearnerOptions s_network = new();

    private readonly Option<int> _codes = TrainingOptions.Of("--codes", "d_h, codes of a latent.", s_network.Codes);
    private readonly Option<int> _width = TrainingOptions.Of("--width", "Units of a hidden layer.", s_network.Width);

    private readonly Option<long?> _steps = new("--steps") { Description = $"Training steps; {s_training.Steps} by default." };

    private readonly Option<double?> _epochs =
        new("--epochs") { Description = "Passes over the strings, instead of --steps; 30 in the paper." };

    private readonly Option<int> _batch = TrainingOptions.Of("--batch", "B, strings of a batch.", s_training.BatchSize);

    private readonly Option<double> _rate =
        TrainingOptions.Of("--learning-rate", "Peak learning rate of AdamW.", s_training.LearningRate);

    private readonly Option<double> _decay = TrainingOptions.Of("--weight-decay", "Weight decay of AdamW.", s_training.WeightDecay);

    private readonly Option<SlcGradients> _gradients = TrainingOptions.Of("--gradients",
        "Local: stopped between modules and inside them; Module: between modules; EndToEnd.", s_objective.Gradients);

    private readonly Option<SlcTargets> _targets =
        TrainingOptions.Of("--targets", "What is predicted of cousins: All elements, One, or Own latents.", s_objective.Targets);

    private readonly Option<double?> _ema =
        new("--ema") { Description = "Rate of an EMA teacher (0.015 in the paper); none by default.", HelpName = "RATE" };

    private readonly Option<bool> _attached =
        new("--attached-targets") { Description = "Without a teacher: gradients also reach the targets of predictions." };

    private readonly Option<double?> _margin =
        new("--margin") { Description = "Similarity margin S_m (0.8 in the paper); found in each batch by default." };

    private readonly Option<double> _cap = TrainingOptions.Of("--weight-cap",
        "Most that the similarity of a pair counts beyond the margin: with 0.2 classes that resemble each other merge less often, "
        + "as they do with s = 2.", s_objective.WeightCap);

    private readonly Option<double> _push =
        TrainingOptions.Of("--push-weight", "Weight of pushing different tuples apart.", s_objective.PushWeight);

    private readonly Option<double> _sparsity = TrainingOptions.Of("--sparsity", "Reward of sharp assignments.", s_objective.Sparsity);

    private readonly Option<int> _compared =
        TrainingOptions.Of("--compared", "N_compare, most tuples compared pair by pair.", s_objective.Compared);

    private readonly Option<double> _clustering = TrainingOptions.Of("--clustering-weight",
        "Weight of the clustering losses beside the prediction losses.", s_objective.ClusteringWeight);

    private readonly Option<double> _shared = TrainingOptions.Of("--shared-clustering",
        "Share of the clustering losses that goes on into predictors, where gradients do not stop there; 1 in the paper.",
        s_objective.SharedClustering);

    private readonly Option<SlcCombination> _combination =
        TrainingOptions.Of("--combination", "Sum of the losses, or UpGrad.", s_objective.Combination);

    public IEnumerable<Option> All =>
        [_codes, _width, _steps, _epochs, _batch, _rate, _decay, _gradients, _targets, _ema, _attached, _margin, _cap, _push, _sparsity,
            _compared, _clustering, _shared, _combination];

    /// <summary>The sizes of a network for strings of depth L.</summary>
    public SlcShape Shape(ParseResult result, int depth, int branching, int vocabulary) =>
        new(depth, branching, vocabulary, result.GetValue(_codes), result.GetValue(_width));

    public SlcObjective Objective(ParseResult result) => new()
    {
        Gradients = result.GetValue(_gradients),
        Targets = result.GetValue(_targets),
        EmaRate = result.GetValue(_ema),
        AttachedTargets = result.GetValue(_attached),
        Margin = result.GetValue(_margin),
        WeightCap = result.GetValue(_cap),
        PushWeight = result.GetValue(_push),
        Sparsity = result.GetValue(_sparsity),
        Compared = result.GetValue(_compared),
        ClusteringWeight = result.GetValue(_clustering),
        SharedClustering = result.GetValue(_shared),
        Combination = result.GetValue(_combination),
    };

    /// <summary>What the memory of a training depends on.</summary>
    public SlcLearnerOptions Sizes(ParseResult result) => new()
    {
        Codes = result.GetValue(_codes),
        Width = result.GetValue(_width),
        Objective = Objective(result),
        Training = new SlcTraining { BatchSize = result.GetValue(_batch) },
    };

    /// <summary>How to train on so many strings.</summary>
    public SlcTraining Training(ParseResult result, long strings, ulong seed, int threads)
    {
        if (result.GetValue(_steps) is not null && result.GetValue(_epochs) is not null)
            throw new ArgumentException("--steps and --epochs exclude each other");
        var training = new SlcTraining
        {
            LearningRate = result.GetValue(_rate),
            WeightDecay = result.GetValue(_decay),
            BatchSize = result.GetValue(_batch),
            Steps = result.GetValue(_steps) ?? s_training.Steps,
            Seed = seed,
            Threads = threads,
        };
        return result.GetValue(_epochs) is { } epochs ? training.WithEpochs(epochs, strings) : training;
    }
}

using System.CommandLine;
using Rhm.Learning;
using Rhm.Networks.JointEmbedding;
using Rhm.Networks.Transformers;

namespace Rhm.Cli.Commands;

/// <summary>The options of a transformer encoder: its objective, its sizes and how it is trained.</summary>
internal sealed class TransformerOptions
{
    private static readonly TransformerTraining s_defaults = new();

    // Settings whose meaning, range and default the library describes, and what of a training has their values.
    private static readonly Dictionary<string, LearnerParameter> s_described =
        LearnerParameter.Of(s_defaults).ToDictionary(parameter => parameter.Name);

    private static readonly IReadOnlyDictionary<string, TransformerObjective> s_objectives = new Dictionary<string, TransformerObjective>
    {
        ["data2vec"] = TransformerObjective.Data2Vec,
        ["data2vec-whitened"] = TransformerObjective.WhitenedData2Vec,
        ["mlm"] = TransformerObjective.MaskedTokens,
        ["latents"] = TransformerObjective.MaskedLatents,
        ["next"] = TransformerObjective.NextToken,
        ["block-embedding"] = TransformerObjective.BlockEmbedding,
        ["supervised"] = TransformerObjective.Supervised,
    };

    private readonly Option<int> _width = TrainingOptions.Of("--width", "d_model; 2048 in the paper.", 64);
    private readonly Option<int> _heads = TrainingOptions.Of("--heads", "Attention heads; 32 in the paper.", 4);
    private readonly Option<int> _layers = TrainingOptions.Of("--layers", "Blocks; 8 in the paper.", 4);
    private readonly Option<int?> _feedForward =
        new("--feed-forward") { Description = "Units of a block's hidden layer; 4 d_model by default." };

    private readonly Option<long> _steps =
        TrainingOptions.Of("--steps", "Training steps in all; 262144 in the paper.", s_defaults.Steps);

    private readonly Option<int> _batch = TrainingOptions.Of("--batch", "B, strings of a batch; 512 in the paper.", s_defaults.BatchSize);

    private readonly Option<double> _rate =
        TrainingOptions.Of("--learning-rate", "Learning rate of AdamW; 1e-4 in the paper.", s_defaults.LearningRate);

    private readonly Option<int> _warmUp =
        TrainingOptions.Of("--warm-up", "Steps over which the learning rate rises from 0.", s_defaults.WarmUpSteps);

    private readonly Option<double> _decay = TrainingOptions.Of("--weight-decay", "Weight decay of AdamW.", s_defaults.WeightDecay);
    private readonly Option<double> _clip = TrainingOptions.Of("--clip", "Largest norm of the gradient.", s_defaults.ClipNorm);

    private readonly Option<double> _dropout =
        TrainingOptions.Of("--dropout", "Probability of dropping a number; 0.1 in the paper.", s_defaults.Dropout);

    private readonly Option<double> _mask = TrainingOptions.Of("--mask", "Probability of masking a token.", s_defaults.MaskShare);

    private readonly Option<int> _span = TrainingOptions.Of("--mask-span",
        "Neighbouring tokens that are masked together; s for whole tuples.", s_defaults.MaskSpan);

    private readonly Option<double> _teacher = TrainingOptions.Of("--teacher-decay",
        "Decay of data2vec's moving average; 0.99 in the paper.", s_defaults.TeacherDecay);

    private readonly Option<int> _targets = TrainingOptions.Of("--target-layers",
        "K, last layers of the moving average that make a target.", s_defaults.TargetLayers);

    private readonly Option<int> _level = TrainingOptions.Of("--target-level",
        "Level of the latents that the objective latents predicts, 1 to L-1.", s_defaults.TargetLevel);

    private readonly Option<double> _beta = TrainingOptions.Of("--smooth-l1-beta",
        "Where the loss of data2vec turns from quadratic to linear.", s_defaults.SmoothL1Beta);

    private readonly Option<bool> _aligned = Of<bool>("mask_aligned");
    private readonly Option<int?> _blocks = Of<int?>("mask_blocks");
    private readonly Option<bool> _pooled = Of<bool>("pool_targets");
    private readonly Option<bool> _local = Of<bool>("local_targets");
    private readonly Option<double> _noise = Of<double>("latent_noise");
    private readonly Option<JointEmbeddingObjective> _regulariser = Of<JointEmbeddingObjective>("regulariser");
    private readonly Option<int> _embedding = Of<int>("embedding_width");
    private readonly Option<double> _prediction = Of<double>("prediction_weight");
    private readonly Option<double> _spread = Of<double>("spread_weight");
    private readonly Option<double> _covariance = Of<double>("covariance_weight");

    /// <summary>The encoder that is data2vec's teacher at first.</summary>
    public FileOption Teacher { get; } = Options.Input("--teacher",
        "Checkpoint of another training of the same sizes, whose encoder is data2vec's moving average at first; with --teacher-decay 1 it "
            + "stays.", "FILE.safetensors");

    public Option<TransformerObjective> Objective { get; } = new("--objective")
    {
        Description = "What is learned: data2vec (latents of a moving average), the same with whitened targets, masked tokens, "
            + "the true latents above masked tokens, next tokens, the embedding of masked blocks, or the root.",
        HelpName = string.Join('|', s_objectives.Keys),
        Required = true,
        CustomParser = result =>
        {
            string name = result.Tokens[0].Value;
            if (s_objectives.TryGetValue(name, out TransformerObjective chosen)) return chosen;
            result.AddError($"objective \"{name}\" is none of {string.Join(", ", s_objectives.Keys)}"
                + NearestName.Hint(name, s_objectives.Keys));
            return default;
        },
    };

    /// <summary>All but the objective.</summary>
    public IEnumerable<Option> All =>
        [_width, _heads, _layers, _feedForward, _steps, _batch, _rate, _warmUp, _decay, _clip, _dropout, _mask, _span, _teacher, _targets,
            _level, _beta, _aligned, _blocks, _pooled, _local, _noise, _regulariser, _embedding, _prediction, _spread, _covariance,
            Teacher];

    private static Option<T> Of<T>(string name) => Options.Of<T>(s_described[name]);

    public TransformerShape Shape(ParseResult result, int vocabulary, int length) => new(vocabulary, length, result.GetValue(_width),
        result.GetValue(_heads), result.GetValue(_layers), result.GetValue(_feedForward));

    /// <summary>How to train on P strings again and again, or on fresh ones.</summary>
    public TransformerTraining Training(ParseResult result, long? strings, ulong seed, int threads) => new()
    {
        Objective = result.GetValue(Objective),
        LearningRate = result.GetValue(_rate),
        WarmUpSteps = result.GetValue(_warmUp),
        WeightDecay = result.GetValue(_decay),
        ClipNorm = result.GetValue(_clip),
        Dropout = result.GetValue(_dropout),
        MaskShare = result.GetValue(_mask),
        MaskSpan = result.GetValue(_span),
        TeacherDecay = result.GetValue(_teacher),
        TargetLayers = result.GetValue(_targets),
        TargetLevel = result.GetValue(_level),
        SmoothL1Beta = result.GetValue(_beta),
        MaskAligned = result.GetValue(_aligned),
        MaskBlocks = result.GetValue(_blocks),
        PoolTargets = result.GetValue(_pooled),
        LocalTargets = result.GetValue(_local),
        LatentNoise = result.GetValue(_noise),
        Embedding = new BlockEmbeddingOptions
        {
            Regulariser = result.GetValue(_regulariser),
            EmbeddingWidth = result.GetValue(_embedding),
            PredictionWeight = result.GetValue(_prediction),
            SpreadWeight = result.GetValue(_spread),
            CovarianceWeight = result.GetValue(_covariance),
        },
        Strings = strings,
        BatchSize = result.GetValue(_batch),
        Steps = result.GetValue(_steps),
        Seed = seed,
        Threads = threads,
    };
}

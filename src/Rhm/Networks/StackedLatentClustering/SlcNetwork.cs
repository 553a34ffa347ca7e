using System.Numerics;
using Rhm.Numerics;
using Rhm.Parallelism;
using Rhm.Randomness;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>
/// The stacked latent clustering network (arXiv:2605.27734, section 4): L-1 predictor-clusterer modules, each the same network at
/// every position of its level. See SlcModule for the layers and shapes, <see cref="ClusteringLoss{T}"/> for the loss of a clusterer.
/// </summary>
/// <remarks>
/// Results are the same bits for every number of threads. Cost of a step: for a level with R different tuples about
/// 3 R W (s d + s (s-1) s d) (two thirds of it products for gradients) and R^2 s (s-1) s d / 2 multiply-adds for similarities.
/// Not for concurrent use: buffers are kept from batch to batch.
/// </remarks>
/// <typeparam name="T">float, or double for checks of gradients.</typeparam>
public sealed class SlcNetwork<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SlcModule<T>[] _modules;
    private readonly SlcModule<T>[] _teacher = [];
    private readonly List<int>[] _compared;
    private readonly ulong _seed;
    private readonly int _threads;
    private readonly T[] _tokensOneHot;
    private int[] _tokens = [];
    private bool _hasRunningMean;

    /// <summary>A network with initial weights.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="objective">Losses; null for the defaults.</param>
    /// <param name="seed">Of the weights, and of the choice of compared tuples.</param>
    /// <param name="threads">At least 1; nothing depends on it.</param>
    /// <exception cref="ArgumentException">The objective makes no sense.</exception>
    public SlcNetwork(SlcShape shape, SlcObjective? objective = null, ulong seed = 0, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(shape);
        Objective = objective ?? new SlcObjective();
        Objective.Validate();
        if (threads < 1) throw new ArgumentException($"number of threads {threads} must be at least 1");
        (Shape, _seed, _threads) = (shape, seed, threads);
        Layout = new SlcLayout(shape, Objective.Targets);
        Parameters = Layout.Initial<T>(seed);
        _modules = [.. Enumerable.Range(0, shape.Modules).Select(l => new SlcModule<T>(shape, l, Layout.Modules[l], Objective))];
        _compared = [.. Enumerable.Range(0, shape.Modules).Select(_ => new List<int>())];
        if (Objective.EmaRate is not null)
        {
            TeacherParameters = [.. Parameters];
            // The latents of the top module are nobody's elements.
            _teacher = [.. (Objective.Targets == SlcTargets.Own ? _modules : _modules[..^1]).Select(module =>
                new SlcModule<T>(shape, module.Level, Layout.Modules[module.Level], Objective) { Rows = module.Rows })];
        }
        _tokensOneHot = new T[shape.Vocabulary * shape.Vocabulary];
        for (int a = 0; a < shape.Vocabulary; a++) _tokensOneHot[a * shape.Vocabulary + a] = T.One;
    }

    /// <summary>Sizes.</summary>
    public SlcShape Shape { get; }

    /// <summary>What is minimised.</summary>
    public SlcObjective Objective { get; }

    internal SlcLayout Layout { get; }

    /// <summary>
    /// All parameters, in the order of the modules: predictor, then clusterer, each weight (inputs x outputs) before its bias.
    /// </summary>
    public T[] Parameters { get; }

    /// <summary>Those of the EMA teacher; empty without one.</summary>
    public T[] TeacherParameters { get; } = [];

    /// <summary>Whether every number of the last gradient was finite, and its sum of sizes did not overflow.</summary>
    internal bool HasFiniteGradient { get; private set; } = true;

    /// <summary>Mean log phi of past batches, per module: what the clusterer subtracts when the network is applied.</summary>
    internal IReadOnlyList<T[]> RunningMeans => [.. _modules.Select(module => module.RunningMean)];

    /// <summary>See <see cref="ClusteringLoss{T}.Frozen"/>.</summary>
    internal void FreezeSimilarities(bool frozen)
    {
        foreach (SlcModule<T> module in _modules) module.Clustering.Frozen = frozen;
    }

    /// <summary>Marks the running means as loaded.</summary>
    internal void UseRunningMeans() => _hasRunningMean = true;

    // Forward ------------------------------------------------------------------------------------------------------------------

    /// <summary>Soft latents of strings: fills the rows of every level.</summary>
    /// <param name="tokens">[strings, s^L].</param>
    /// <param name="applied">With the running means of training, where there are any; else with the means of these strings.</param>
    internal void Forward(ReadOnlySpan<ushort> tokens, bool applied)
    {
        CollectRows(tokens);
        foreach (List<int> compared in _compared) compared.Clear();
        Forward(_modules, Parameters, applied && _hasRunningMean, withGradients: false);
    }

    /// <summary>The rows and soft latents of a module after <see cref="Forward(ReadOnlySpan{ushort}, bool)"/>: h^(l+1).</summary>
    internal (TupleRows Rows, T[] H) Output(int level) => (_modules[level].Rows, _modules[level].H);

    private void CollectRows(ReadOnlySpan<ushort> tokens)
    {
        if (tokens.Length % Shape.TokenCount != 0 || tokens.IsEmpty)
            throw new ArgumentException($"{tokens.Length} tokens are not whole strings of s^L = {Shape.TokenCount}");
        _tokens = TupleRows.Grow(_tokens, tokens.Length);
        for (int i = 0; i < tokens.Length; i++)
        {
            if (tokens[i] >= Shape.Vocabulary)
                throw new ArgumentException($"token {tokens[i]} is outside the vocabulary 0..{Shape.Vocabulary - 1}");
            _tokens[i] = tokens[i];
        }
        ReadOnlySpan<int> elements = _tokens.AsSpan(0, tokens.Length), kinds = elements;
        foreach (SlcModule<T> module in _modules)
        {
            module.Rows.Collect(elements, kinds, Objective.Deduplicate);
            elements = module.Rows.RowOf.AsSpan(0, module.Rows.Tuples);
            kinds = module.Rows.KindOf.AsSpan(0, module.Rows.Tuples);
        }
    }

    private void Forward(SlcModule<T>[] modules, T[] parameters, bool applied, bool withGradients)
    {
        T[] below = _tokensOneHot;
        double momentum = !withGradients ? 0 : _hasRunningMean ? 0.05 : 1;
        foreach (SlcModule<T> module in modules)
        {
            T[] input = below;
            module.Reset(withGradients, withGradients ? _compared[module.Level] : [], _threads);
            ParallelLoop.Ordered(_threads, module.Parts, part => module.Predict(part, parameters, input));
            ParallelLoop.Ordered(_threads, module.SlotTasks, task => module.Slots(task, parameters, applied, momentum));
            ParallelLoop.Ordered(_threads, module.Parts, part => module.Cluster(part, parameters));
            below = module.H;
        }
        if (withGradients) _hasRunningMean = true;
    }

    // Losses and gradients -----------------------------------------------------------------------------------------------------

    /// <summary>The losses of a batch and the gradient of what is minimised: the weighted sum, or UPGrad of the weighted losses.</summary>
    /// <param name="tokens">[B, s^L].</param>
    /// <param name="gradient">Receives as many numbers as there are <see cref="Parameters"/>.</param>
    /// <param name="step">Number of the step: chooses the compared tuples where there are more than N_compare.</param>
    /// <exception cref="ArgumentException">
    /// Tokens are not whole strings, or outside the vocabulary; the gradient has another length.
    /// </exception>
    public SlcLosses Gradient(ReadOnlySpan<ushort> tokens, T[] gradient, long step = 0)
    {
        ArgumentNullException.ThrowIfNull(gradient);
        if (gradient.Length != Parameters.Length)
            throw new ArgumentException($"the gradient has {gradient.Length} entries, the network {Parameters.Length}");
        HasFiniteGradient = true;
        CollectRows(tokens);
        for (int l = 0; l < _modules.Length; l++) ChooseCompared(l, step);
        Forward(_modules, Parameters, applied: false, withGradients: true);
        if (_teacher.Length > 0) Forward(_teacher, TeacherParameters, applied: false, withGradients: false);
        SlcLosses losses = Losses();
        int modules = _modules.Length;
        double[] weights =
            [.. Enumerable.Repeat(Objective.PredictionWeight, modules), .. Enumerable.Repeat(Objective.ClusteringWeight, modules)];
        if (Objective.Combination == SlcCombination.Sum) Backward(weights, gradient);
        else Combine(weights, gradient);
        return losses;
    }

    /// <summary>UPGrad of the gradients of the weighted losses.</summary>
    private void Combine(double[] weights, T[] gradient)
    {
        T[][] rows = [.. weights.Select((weight, k) =>
        {
            var row = new T[gradient.Length];
            var only = new double[weights.Length];
            only[k] = weight;
            Backward(only, row);
            return row;
        })];
        if (!HasFiniteGradient) return;
        var gram = new double[rows.Length, rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = 0; j <= i; j++) gram[i, j] = gram[j, i] = double.CreateChecked(Reductions.Dot<T>(rows[i], rows[j]));
        }
        double[] mixed = UpGrad.Weights(gram);
        gradient.AsSpan().Clear();
        for (int k = 0; k < rows.Length; k++) ScaledSum.Add<T>(rows[k], T.CreateChecked(mixed[k]), gradient);
    }

    private SlcLosses Losses()
    {
        foreach (SlcModule<T> module in _modules) module.ResetPredictions(TargetsOf(module.Level));
        Run(_modules, module => (module.Clustering.SimilarityChunks, module.Similarities));
        Run([.. Tasks(_modules, module => (1, _ => module.Clustering.FindMargin())),
            .. Tasks(_modules, module => (module.Chunks, chunk => module.Predictions(chunk, T.One)))]);
        Run(_modules, module => (module.Parts, part => module.Clustering.Overlaps(part, module.Parts)));
        foreach (SlcModule<T> module in _modules)
        {
            module.FinishPredictions();
            module.Clustering.Finish();
        }
        return new SlcLosses([.. _modules.Select(module => module.PredictionLoss)],
            [.. _modules.Select(module => module.Clustering.Value)],
            [.. _modules.Select(module => module.Clustering.Margin)]);
    }

    private SlcModule<T>.Targets TargetsOf(int level) => Objective.Targets == SlcTargets.Own
        ? new SlcModule<T>.Targets(_modules[level].Rows.RowOf, (_teacher.Length > 0 ? _teacher : _modules)[level].H)
        : level == 0 ? new SlcModule<T>.Targets(_tokens, _tokensOneHot)
        : new SlcModule<T>.Targets(_modules[level - 1].Rows.RowOf, (_teacher.Length > 0 ? _teacher : _modules)[level - 1].H);

    /// <summary>N_compare of the different tuples of a level, without replacement, or all.</summary>
    private void ChooseCompared(int level, long step)
    {
        List<int> compared = _compared[level], distinct = _modules[level].Rows.Distinct;
        compared.Clear();
        compared.AddRange(distinct);
        if (distinct.Count <= Objective.Compared) return;
        var random = StreamOffsets.ComparedTuples.Open(_seed, (ulong)(step * _modules.Length + level));
        for (int n = 0; n < Objective.Compared; n++)
        {
            int other = n + (int)random.NextBelow((ulong)(compared.Count - n));
            (compared[n], compared[other]) = (compared[other], compared[n]);
        }
        compared.RemoveRange(Objective.Compared, compared.Count - Objective.Compared);
        compared.Sort();
    }

    /// <summary>
    /// Gradient of a weighted sum of the losses: weights of the L-1 prediction losses, then of the L-1 clustering losses.
    /// </summary>
    private void Backward(double[] weights, T[] gradient)
    {
        int modules = _modules.Length;
        double PredictionWeight(SlcModule<T> module) => weights[module.Level];
        double ClusteringWeight(SlcModule<T> module) => weights[modules + module.Level];
        bool HasLoss(SlcModule<T> module) => PredictionWeight(module) != 0 || ClusteringWeight(module) != 0;
        SlcModule<T> Above(SlcModule<T> module) => _modules[module.Level + 1];
        bool IsTarget(SlcModule<T> module) =>
            Objective.AttachedTargets && module.Level < modules - 1 && PredictionWeight(Above(module)) != 0;

        bool endToEnd = Objective.Gradients == SlcGradients.EndToEnd;
        // Modules that no gradient reaches keep theirs at 0.
        int top = Array.FindLastIndex(_modules, HasLoss);
        SlcModule<T>[] reached =
            [.. _modules.Where(module => module.Level <= top && (endToEnd || HasLoss(module) || IsTarget(module)))];
        if (reached.Length < modules) gradient.AsSpan().Clear();
        if (weights.Any(weight => weight != 1))
        {
            Run(reached, module =>
            {
                T weight = T.CreateChecked(PredictionWeight(module));
                return (module.Chunks, chunk => module.Predictions(chunk, weight));
            });
        }
        Run(reached, module => (module.Parts, part => module.StartGradient(part, T.CreateChecked(ClusteringWeight(module)))));
        Run(reached.Where(IsTarget), module =>
        {
            SlcModule<T> above = Above(module);
            return (1, _ => above.AddTargetGradient(module.DH, T.CreateChecked(PredictionWeight(above))));
        });
        foreach (SlcModule<T>[] together in endToEnd ? reached.Reverse().Select(module => new[] { module }) : [reached])
        {
            Run(together, module =>
            {
                T weight = T.CreateChecked(ClusteringWeight(module));
                return (module.Parts, part => module.ClusterBackward(part, Parameters, weight));
            });
            if (Objective.Gradients != SlcGradients.Local) Run(together, module => (Shape.Branching, module.MeanBackward));
            Run(together, module => (module.OutputTasks, task => module.OutputBackward(task, Parameters)));
            Run(together, module => (module.Parts, part => module.PredictBackward(part, Parameters, endToEnd && module.Level > 0)));
            if (endToEnd && together[0].Level > 0) together[0].AddInputGradient(_modules[together[0].Level - 1].DH);
        }
        Run(reached, module => (module.WeightTasks, task => WeightGradient(module, task, gradient)));
    }

    private void WeightGradient(SlcModule<T> module, int task, T[] gradient)
    {
        if (!module.WeightGradient(task, gradient)) HasFiniteGradient = false;
    }

    /// <summary>The tasks of several modules, those of the largest first, so that all threads end at about the same time.</summary>
    private static IEnumerable<(int Count, Action<int> Task)> Tasks(IEnumerable<SlcModule<T>> modules,
        Func<SlcModule<T>, (int, Action<int>)> of) =>
        modules.OrderByDescending(module => module.Size).Select(of);

    private void Run(IEnumerable<SlcModule<T>> modules, Func<SlcModule<T>, (int, Action<int>)> of) => Run([.. Tasks(modules, of)]);

    /// <summary>Runs independent tasks at the same time.</summary>
    private void Run((int Count, Action<int> Task)[] all)
    {
        int total = 0;
        foreach ((int count, _) in all) total += count;
        ParallelLoop.Ordered(_threads, total, t =>
        {
            int k = 0;
            for (; t >= all[k].Count; k++) t -= all[k].Count;
            all[k].Task(t);
        });
    }

    /// <summary>Moves the teacher towards the network: teacher += rate (network - teacher).</summary>
    internal void MoveTeacher()
    {
        if (Objective.EmaRate is { } rate) Interpolation.MoveTowards<T>(TeacherParameters, Parameters, T.CreateChecked(rate));
    }
}

using Rhm.Learning;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>Makes the cells of one table of a sweep file, a [learner] or a [cell], of values of their parameters.</summary>
/// <param name="name">For messages: "learner ilc".</param>
/// <param name="common">The parameters that cells of the kind have.</param>
/// <param name="own">The parameters of the learner or the function.</param>
/// <param name="required">Parameters that have no default.</param>
internal abstract class CellBuilder(string name, IReadOnlyList<LearnerParameter> common, IReadOnlyList<LearnerParameter> own,
    IReadOnlyList<string> required)
{
    private static readonly LearnerParameter[] s_shape =
    [
        ProblemParameters.Depth, ProblemParameters.Branching, ProblemParameters.Vocabulary, ProblemParameters.Multiplicity,
        ProblemParameters.Classes, ProblemParameters.GrammarSeed, ProblemParameters.Seed,
    ];

    private static readonly LearnerParameter s_start =
        new("start", typeof(double), 0.0) { Meaning = "P at which the search starts; v m^3 when 0.", Range = new ParameterRange(0) };

    /// <summary>What thresholds call the P at which the search starts where the learner has a parameter start of its own.</summary>
    public static LearnerParameter SearchStart { get; } = s_start with { Name = "search_start" };

    /// <summary>The parameters of runs beside the learner's.</summary>
    public static IReadOnlyList<LearnerParameter> OfRuns { get; } =
    [
        .. s_shape, ProblemParameters.Zipf, ProblemParameters.Samples, ProblemParameters.HeldOut,
        new(RunBuilder.Seeding, typeof(string), RunBuilder.Given) { Texts = RunBuilder.Seedings },
    ];

    /// <summary>The parameters of thresholds beside the learner's.</summary>
    public static IReadOnlyList<LearnerParameter> OfThresholds { get; } =
    [
        .. s_shape, ProblemParameters.Zipf, ProblemParameters.HeldOut with { Default = 1000L },
        s_start,
        new("most", typeof(long), 1L << 26) { Meaning = "Largest P that is tried.", Range = new ParameterRange(1) },
        new("threshold", typeof(double), 0.0)
        {
            Meaning = "Accuracy that counts as learned; half of the way from chance to 1 when 0.",
            Range = new ParameterRange(0, 1, BelowMost: true),
        },
        new("all_levels", typeof(bool), false) { Meaning = "Whether P* of every level below the root is found." },
        new(ThresholdCell.HiddenLevelName, typeof(int), 0)
        {
            Meaning = "Hidden level whose P* is found; the top one when 0.",
            Range = new ParameterRange(0),
        },
    ];

    /// <summary>The parameters of thresholds of a learner.</summary>
    /// <param name="learner">The learner.</param>
    public static IReadOnlyList<LearnerParameter> OfThresholdsOf(Learner learner) =>
        [.. OfThresholds.Select(parameter => learner.Parameters.Any(own => own.Name == parameter.Name) ? SearchStart : parameter)];

    /// <summary>The parameters of functions beside their own.</summary>
    public static IReadOnlyList<LearnerParameter> OfFunctions { get; } = [ProblemParameters.Seed];

    /// <summary>For messages.</summary>
    public string Name => name;

    /// <summary>Parameters that must be given.</summary>
    public IReadOnlyList<string> Required => required;

    /// <summary>What each cell is called in summaries.</summary>
    public string Series { get; init; } = "";

    /// <summary>Whether grammars are counted from 0.</summary>
    /// <param name="lookUp">Values of other parameters.</param>
    public virtual bool NumbersGrammars(Func<string, Value> lookUp) => false;

    /// <summary>All parameters.</summary>
    public IEnumerable<LearnerParameter> Parameters => common.Concat(own);

    /// <summary>The parameter of a name; null where cells of this table have none.</summary>
    public LearnerParameter? Find(string parameter) =>
        Parameters.FirstOrDefault(one => one.Name == parameter);

    /// <summary>The parameters of the learner or function.</summary>
    public IReadOnlyList<LearnerParameter> Own => own;

    /// <summary>The parameter of the learner or function, in any of its spellings.</summary>
    public LearnerParameter? FindOwn(string parameter) => own.FirstOrDefault(one => one.IsNamed(parameter));

    /// <summary>The value of a parameter that was not given.</summary>
    /// <param name="parameter">Its name.</param>
    /// <param name="lookUp">Values of other parameters.</param>
    public virtual Value? Default(string parameter, Func<string, Value> lookUp) => parameter == "classes"
        ? lookUp("v")
        : Find(parameter) is { } known && !required.Contains(parameter) ? Cell.ToValue(known.Default) : null;

    /// <summary>The cell of values.</summary>
    /// <param name="values">What was given, each of its parameter's type.</param>
    /// <param name="settings">Settings of learners that cells share.</param>
    /// <exception cref="ArgumentException">They make no sense.</exception>
    public abstract Cell Create(IReadOnlyDictionary<string, object> values, Dictionary<string, LearnerSettings> settings);

    /// <summary>The given value or the default.</summary>
    protected T Given<T>(IReadOnlyDictionary<string, object> values, string parameter) =>
        (T)(values.TryGetValue(parameter, out object? value) ? value : Find(parameter)!.Default);

    /// <summary>Those of the learner or function.</summary>
    protected Dictionary<string, object> Chosen(IReadOnlyDictionary<string, object> values) =>
        own.Where(parameter => values.ContainsKey(parameter.Name)).ToDictionary(one => one.Name, one => values[one.Name]);
}

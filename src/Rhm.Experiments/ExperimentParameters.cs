using System.Reflection;
using Rhm.Learning;

namespace Rhm.Experiments;

/// <summary>What of an experiment a user can set; null where nothing was said.</summary>
public sealed record ExperimentParameters
{
    /// <summary>The names of all that describe grammars.</summary>
    public static IReadOnlyList<string> All { get; } =
        [nameof(Depths), nameof(Branching), nameof(Vocabulary), nameof(Multiplicities), nameof(Grammars)];

    /// <summary>What each is, by name, in the order of commands.</summary>
    public static IReadOnlyDictionary<string, LearnerParameter> Described { get; } = new OrderedDictionary<string, LearnerParameter>
    {
        [nameof(Depths)] = ProblemParameters.Depth with { Several = true },
        [nameof(Branching)] = ProblemParameters.Branching,
        [nameof(Vocabulary)] = ProblemParameters.Vocabulary,
        [nameof(Multiplicities)] = ProblemParameters.Multiplicity with { Several = true },
        [nameof(Grammars)] = Of<int>("grammars", "Random grammars for each point.", new ParameterRange(1, 10_000)),
        [nameof(Margin)] = Of<double>("margin", "Similarity margin S_m of the network, 0.8 in the paper; found in each batch by default.",
            new ParameterRange(0, 1, AboveLeast: true, BelowMost: true)),
        [nameof(WeightCap)] = Of<double>("weight_cap",
            "Most that the similarity of a pair counts beyond the margin; 0.2 by default, 1 for no bound.",
            new ParameterRange(0, 1, AboveLeast: true)),
        [nameof(Epochs)] = Of<double>("epochs",
            "Passes of a network over its strings, 30 in the paper, instead of steps that do not grow with them.",
            new ParameterRange(0, 1e6, AboveLeast: true)),
        [nameof(Most)] = Of<double>("most", "Largest number of strings, in units of v m^3: larger ones of the grid are left out.",
            new ParameterRange(0, AboveLeast: true)),
        [nameof(Budget)] = Of<double>("budget", "Strings that an encoder reads, in units of v m^3.",
            new ParameterRange(0, 1e6, AboveLeast: true)),
        [nameof(Offline)] = new("offline", typeof(bool), false)
        {
            Meaning = "Encoders read P strings again and again, at several P, instead of fresh ones; P* is in these.",
        },
        [nameof(MaskSpan)] = Of<int>("mask_span",
            "Neighbouring tokens that are masked together, where tokens are masked; s for whole tuples.",
            new ParameterRange(1)),
        [nameof(Objectives)] = Of<string>("objectives", "Objectives, separated by commas; all by default.", ParameterRange.Any) with
        {
            Several = true,
            Texts = Experiments.Objectives.Names,
        },
    };

    /// <summary>Depths L.</summary>
    public IReadOnlyList<int>? Depths { get; init; }

    /// <summary>Branching factor s.</summary>
    public int? Branching { get; init; }

    /// <summary>Vocabulary v.</summary>
    public int? Vocabulary { get; init; }

    /// <summary>Multiplicities m.</summary>
    public IReadOnlyList<int>? Multiplicities { get; init; }

    /// <summary>Number of random grammars.</summary>
    public int? Grammars { get; init; }

    /// <summary>Similarity margin S_m of stacked latent clustering; null: found in each batch.</summary>
    public double? Margin { get; init; }

    /// <summary>Most that the similarity of a pair counts beyond the margin.</summary>
    public double? WeightCap { get; init; }

    /// <summary>Passes of a network over its strings.</summary>
    public double? Epochs { get; init; }

    /// <summary>Largest number of strings, in units of v m^3; null: that of the experiment.</summary>
    public double? Most { get; init; }

    /// <summary>Strings that an encoder reads, in units of v m^3.</summary>
    public double? Budget { get; init; }

    /// <summary>Whether encoders read P strings again and again, instead of fresh ones.</summary>
    public bool Offline { get; init; }

    /// <summary>Neighbouring tokens that encoders find masked together.</summary>
    public int? MaskSpan { get; init; }

    /// <summary>Names of training objectives, with hyphens for blanks.</summary>
    public IReadOnlyList<string>? Objectives { get; init; }

    /// <summary>The options of a command that sets the same.</summary>
    public IEnumerable<string> Options =>
        from described in Described
        let value = PropertyOf(described.Key).GetValue(this)
        where value is not (null or false)
        select value is true ? described.Value.Option : $"{described.Value.Option} {LearnerParameter.Format(value)}";

    /// <summary>Parameters with given values.</summary>
    /// <param name="values">Values by name, as <see cref="LearnerParameter.Parse"/> reads them.</param>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public static ExperimentParameters Of(IReadOnlyDictionary<string, object> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var parameters = new ExperimentParameters();
        foreach ((string name, object value) in values)
        {
            Described[name].Require(value);
            PropertyOf(name).SetValue(parameters, value);
        }
        return parameters;
    }

    private static LearnerParameter Of<T>(string name, string meaning, ParameterRange range) =>
        new(name, typeof(T), LearnerParameter.None) { Meaning = meaning, Range = range };

    private static PropertyInfo PropertyOf(string name) => typeof(ExperimentParameters).GetProperty(name)!;
}

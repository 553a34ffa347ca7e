using Rhm.Learning;

namespace Rhm.Sweeps;

/// <summary>
/// A function that sweeps call by name, for what is no learner: a claim of the ledger, an exact law, a figure's network. Made with
/// <see cref="Define{TOptions}"/> and registered in a <see cref="CellCatalog"/> by whoever composes the program.
/// </summary>
public sealed class CellFunction
{
    // The options of a function are described, set and bound like those of a learner.
    private readonly Learner _described;
    private readonly Func<object, CellContext, LearningResult> _run;
    private readonly Action<object>? _require;
    private readonly Func<object, double>? _memoryBytes;
    private readonly Func<object, double>? _seconds;
    private readonly Dictionary<string, string> _properties = [];

    private CellFunction(Learner described, Func<object, CellContext, LearningResult> run, Action<object>? require,
        Func<object, double>? memoryBytes, Func<object, double>? seconds)
    {
        (_described, _run, _require, _memoryBytes, _seconds) = (described, run, require, memoryBytes, seconds);
        var parameters = new List<LearnerParameter>();
        foreach (LearnerParameter own in described.Parameters)
        {
            LearnerParameter? known = ProblemParameters.All.FirstOrDefault(parameter => parameter.Word == own.Name);
            parameters.Add(known is null ? own : known with { Type = own.Type, Default = own.Default, Range = ParameterRange.Any });
            _properties[parameters[^1].Name] = own.Name;
        }
        Parameters = parameters;
    }

    /// <summary>The name, which is the kind of its cells: lower-case letters, digits and hyphens.</summary>
    public string Name => _described.Name;

    /// <summary>Raised with a change that makes it give other numbers for the same seeds and parameters.</summary>
    public int Version => _described.Version;

    /// <summary>
    /// The parameters: see <see cref="Learner.Parameters"/>. Depth, Branching, Vocabulary, Multiplicity and Count are those of problems: L,
    /// s, v, m and P.
    /// </summary>
    public IReadOnlyList<LearnerParameter> Parameters { get; }

    /// <summary>Options with some parameters set, the others at their defaults.</summary>
    /// <param name="values">Values of the parameters' types, by name.</param>
    /// <exception cref="ArgumentException">A parameter that it does not have, or a value of another type.</exception>
    public object Options(IReadOnlyDictionary<string, object> values) =>
        _described.Options(values.ToDictionary(pair => _properties.GetValueOrDefault(pair.Key, pair.Key), pair => pair.Value));

    /// <summary>Refuses options before any work.</summary>
    /// <param name="options">From <see cref="Options"/>.</param>
    /// <exception cref="ArgumentException">It cannot take them; one sentence says why.</exception>
    public void Require(object options) => _require?.Invoke(options);

    /// <summary>About how much memory it takes at most, in bytes; 64 MiB where nothing is said.</summary>
    /// <param name="options">From <see cref="Options"/>.</param>
    public double MemoryBytes(object options) => _memoryBytes?.Invoke(options) ?? 1L << 26;

    /// <summary>About how long it takes on one thread of an ordinary machine; a second where nothing is said.</summary>
    /// <param name="options">From <see cref="Options"/>.</param>
    public double Seconds(object options) => _seconds?.Invoke(options) ?? 1;

    /// <summary>Calls it: a result that is a function of options and seed alone, to the last bit.</summary>
    /// <param name="options">From <see cref="Options"/>.</param>
    /// <param name="context">Seed, threads, cancellation.</param>
    public LearningResult Run(object options, CellContext context) => _run(options, context);

    /// <summary>Makes a function.</summary>
    /// <typeparam name="TOptions">A record or class with settable properties (F#: a record with <c>[&lt;CLIMutable&gt;]</c>).</typeparam>
    /// <param name="name">Lower-case letters, digits and hyphens.</param>
    /// <param name="version">See <see cref="Version"/>.</param>
    /// <param name="defaults">The options where nothing is said.</param>
    /// <param name="run">Measures; accuracies may be empty.</param>
    /// <param name="require">Refuses what it cannot take by an <see cref="ArgumentException"/>.</param>
    /// <param name="memoryBytes">Estimate of memory.</param>
    /// <param name="seconds">Estimate of time.</param>
    /// <exception cref="ArgumentException">A name of other characters, or of a kind that every sweep has.</exception>
    public static CellFunction Define<TOptions>(string name, int version, TOptions defaults,
        Func<TOptions, CellContext, LearningResult> run, Action<TOptions>? require = null, Func<TOptions, double>? memoryBytes = null,
        Func<TOptions, double>? seconds = null)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(run);
        if (name is RunCell.KindName or ThresholdCell.KindName)
            throw new ArgumentException($"a function cannot be named {name}: cells of that kind run learners");
        Learner described = Learner.Define(name, version, defaults,
            (_, _) => throw new InvalidOperationException($"{name} is a function and learns nothing"));
        return new CellFunction(described, (options, context) => run((TOptions)options, context),
            require is null ? null : options => require((TOptions)options),
            memoryBytes is null ? null : options => memoryBytes((TOptions)options),
            seconds is null ? null : options => seconds((TOptions)options));
    }
}

using System.Reflection;
using Rhm.Grammars;

namespace Rhm.Learning;

/// <summary>
/// A learner by name, with typed parameters: what sweeps, thresholds and figures take. Made with <see cref="Define{TOptions}"/>.
/// </summary>
public abstract class Learner
{
    private protected Learner(string name, int version, IReadOnlyList<LearnerParameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
            throw new ArgumentException($"learner \"{name}\" must be named by lower-case letters, digits and hyphens");
        (Name, Version, Parameters) = (name, version, parameters);
    }

    /// <summary>The name: lower-case letters, digits and hyphens.</summary>
    public string Name { get; }

    /// <summary>Raised with a change that makes the learner give other numbers for the same seeds and parameters.</summary>
    public int Version { get; }

    /// <summary>The parameters: those properties of the options that are a bool, int, long, double, string or enumeration, or a nullable
    /// of these, but for <c>Seed</c> and <c>Threads</c>, which the problem has. Records within the options add their properties.</summary>
    public IReadOnlyList<LearnerParameter> Parameters { get; }

    /// <summary>Options with some parameters set, the others at their defaults.</summary>
    /// <param name="values">Values of the parameters' types, by name.</param>
    /// <exception cref="ArgumentException">A parameter that the learner does not have, or a value of another type.</exception>
    public abstract object Options(IReadOnlyDictionary<string, object> values);

    /// <summary>The value of a parameter in given options.</summary>
    /// <param name="parameter">One of <see cref="Parameters"/>.</param>
    /// <param name="options">From <see cref="Options"/>.</param>
    public virtual object ValueOf(LearnerParameter parameter, object options)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return parameter.ValueOf(options);
    }

    /// <summary>Refuses a problem that the learner cannot take, before any work.</summary>
    /// <param name="shape">Shape of the grammar.</param>
    /// <param name="samples">P.</param>
    /// <param name="options">From <see cref="Options"/>.</param>
    /// <exception cref="ArgumentException">It cannot; one sentence says why.</exception>
    public abstract void Require(GrammarShape shape, long samples, object options);

    /// <summary>About how much memory a problem takes at most, in bytes, the grammar included.</summary>
    /// <param name="shape">Shape of the grammar.</param>
    /// <param name="samples">P.</param>
    /// <param name="options">From <see cref="Options"/>.</param>
    public abstract double MemoryBytes(GrammarShape shape, long samples, object options);

    /// <summary>About how long a problem takes on one thread of an ordinary machine;
    /// right to a factor that depends on the machine.</summary>
    /// <param name="shape">Shape of the grammar.</param>
    /// <param name="samples">P.</param>
    /// <param name="options">From <see cref="Options"/>.</param>
    public abstract double Seconds(GrammarShape shape, long samples, object options);

    /// <summary>Learns and scores: a function of the problem and the options alone, to the last bit.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="options">From <see cref="Options"/>.</param>
    public abstract LearningResult Learn(LearningProblem problem, object options);

    /// <summary>Makes a learner of a function.</summary>
    /// <typeparam name="TOptions">A record or class with settable properties (F#: a record with <c>[&lt;CLIMutable&gt;]</c>).</typeparam>
    /// <param name="name">Lower-case letters, digits and hyphens.</param>
    /// <param name="version">See <see cref="Version"/>.</param>
    /// <param name="defaults">The options where nothing is said.</param>
    /// <param name="learn">Learns and scores.</param>
    /// <param name="require">Refuses what it cannot take by an <see cref="ArgumentException"/>.</param>
    /// <param name="memoryBytes">Estimate of memory; by default the grammar and 64 MiB.</param>
    /// <param name="seconds">Estimate of time; by default one pass over the strings at 10^8 tokens/s.</param>
    /// <exception cref="ArgumentException">A name of other characters.</exception>
    public static Learner<TOptions> Define<TOptions>(string name, int version, TOptions defaults,
        Func<LearningProblem, TOptions, LearningResult> learn, Action<GrammarShape, long, TOptions>? require = null,
        Func<GrammarShape, long, TOptions, double>? memoryBytes = null, Func<GrammarShape, long, TOptions, double>? seconds = null)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(defaults);
        ArgumentNullException.ThrowIfNull(learn);
        return new Learner<TOptions>(name, version, defaults, learn, require, memoryBytes, seconds);
    }
}

/// <summary>A learner whose options have a type of their own.</summary>
/// <typeparam name="TOptions">The options.</typeparam>
public sealed class Learner<TOptions> : Learner
    where TOptions : class
{
    private static readonly Func<object, object> s_clone =
        typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!.CreateDelegate<Func<object, object>>();

    private readonly Func<LearningProblem, TOptions, LearningResult> _learn;
    private readonly Action<GrammarShape, long, TOptions>? _require;
    private readonly Func<GrammarShape, long, TOptions, double>? _memoryBytes;
    private readonly Func<GrammarShape, long, TOptions, double>? _seconds;
    private readonly Dictionary<string, PropertyInfo[]> _properties;

    internal Learner(string name, int version, TOptions defaults, Func<LearningProblem, TOptions, LearningResult> learn,
        Action<GrammarShape, long, TOptions>? require, Func<GrammarShape, long, TOptions, double>? memoryBytes,
            Func<GrammarShape, long, TOptions, double>? seconds)
        : base(name, version, [.. Swept(typeof(TOptions)).Select(path => Parameter(path, defaults))])
    {
        (Defaults, _learn, _require, _memoryBytes, _seconds) = (defaults, learn, require, memoryBytes, seconds);
        _properties = Swept(typeof(TOptions)).ToDictionary(path => LearnerParameter.Words(path[^1].Name));
    }

    /// <summary>The options where nothing is said.</summary>
    public TOptions Defaults { get; }

    /// <inheritdoc/>
    public override object Options(IReadOnlyDictionary<string, object> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        object options = s_clone(Defaults);
        foreach ((string name, object value) in values)
        {
            if (!_properties.TryGetValue(name, out PropertyInfo[]? path))
                throw new ArgumentException($"learner {Name} has no parameter \"{name}\"; it has: {string.Join(", ", _properties.Keys)}");
            LearnerParameter parameter = Parameters.First(parameter => parameter.Name == name);
            if (value?.GetType() != parameter.Type && !(parameter.Optional && value == LearnerParameter.None))
                throw new ArgumentException($"parameter {name} of learner {Name} is of type {parameter.Type.Name}, not "
                    + $"{value?.GetType().Name ?? "null"}");
            object owner = options;
            foreach (PropertyInfo record in path[..^1])
            {
                object inner = s_clone(record.GetValue(owner)!);
                record.SetValue(owner, inner);
                owner = inner;
            }
            path[^1].SetValue(owner, value == LearnerParameter.None ? null : value);
        }
        return options;
    }

    /// <inheritdoc/>
    public override void Require(GrammarShape shape, long samples, object options)
    {
        if (samples < 1) throw new ArgumentException($"number of strings P = {samples} must be at least 1");
        _require?.Invoke(shape, samples, (TOptions)options);
    }

    /// <inheritdoc/>
    public override double MemoryBytes(GrammarShape shape, long samples, object options)
    {
        ArgumentNullException.ThrowIfNull(shape);
        // Rules and the look-up of parents, for each level.
        double grammar = Enumerable.Range(0, shape.Depth).Sum(level => shape.RuleCount(level) * (2.0 * shape.Branching + 16));
        return grammar + (_memoryBytes?.Invoke(shape, samples, (TOptions)options) ?? 1L << 26);
    }

    /// <inheritdoc/>
    public override double Seconds(GrammarShape shape, long samples, object options)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return _seconds?.Invoke(shape, samples, (TOptions)options) ?? 1e-8 * samples * (double)shape.StringLength;
    }

    /// <inheritdoc/>
    public override LearningResult Learn(LearningProblem problem, object options) => _learn(problem, (TOptions)options);

    private static LearnerParameter Parameter(PropertyInfo[] path, object defaults)
    {
        object? value = defaults;
        foreach (PropertyInfo property in path) value = property.GetValue(value);
        Type type = path[^1].PropertyType;
        return new LearnerParameter(LearnerParameter.Words(path[^1].Name), Nullable.GetUnderlyingType(type) ?? type,
            value ?? LearnerParameter.None, Nullable.GetUnderlyingType(type) is not null);
    }

    /// <summary>The properties that are parameters, each with the way to it.</summary>
    private static IEnumerable<PropertyInfo[]> Swept(Type options)
    {
        foreach (PropertyInfo property in options.GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (property is not { CanRead: true, CanWrite: true } || property.Name is "Seed" or "Threads") continue;
            Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (type.IsEnum || type == typeof(bool) || type == typeof(int) || type == typeof(long) || type == typeof(double)
                || type == typeof(string))
                yield return [property];
            else if (type is { IsClass: true, IsArray: false } && type.GetMethod("<Clone>$") is not null)
            {
                foreach (PropertyInfo[] inner in Swept(type)) yield return [property, .. inner];
            }
        }
    }
}

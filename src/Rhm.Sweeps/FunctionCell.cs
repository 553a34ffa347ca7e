using System.Text.Json;
using Rhm.Learning;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>A call of a function that was registered by name.</summary>
/// <param name="Function">The function.</param>
/// <param name="Values">Its parameters, the defaults included.</param>
/// <param name="Seed">Seed of all random numbers.</param>
public sealed record FunctionCell(CellFunction Function, IReadOnlyDictionary<string, object> Values, long Seed) : Cell
{
    private readonly object _options = Function.Options(Values);

    /// <inheritdoc/>
    public override string Kind => Function.Name;

    /// <inheritdoc/>
    public override string Worker => Function.Name;

    /// <inheritdoc/>
    public override int Version => Function.Version;

    /// <summary>The parameters as the function takes them.</summary>
    public object Options => _options;

    /// <inheritdoc/>
    internal override bool SharesThreads => true;

    /// <inheritdoc/>
    public override double MemoryBytes => Function.MemoryBytes(_options);

    /// <inheritdoc/>
    public override double Seconds => Function.Seconds(_options);

    /// <inheritdoc/>
    public override string Title => string.Join(' ', Function.Parameters
        .Where(parameter => !parameter.Default.Equals(Values[parameter.Name]))
        .Select(parameter => $"{parameter.Name}={LearnerParameter.Format(Values[parameter.Name])}").Prepend(Kind));

    /// <inheritdoc/>
    public override IEnumerable<string> ParameterNames => Values.Keys.Append("seed");

    /// <inheritdoc/>
    private protected override IEnumerable<(string Name, object Value)> Fields =>
    [
        ("kind", Kind), ("kind_version", Version), ("model_version", LearningProblem.ModelVersion), ("seed", Seed),
        .. Values.Select(pair => (pair.Key, pair.Value)),
    ];

    /// <inheritdoc/>
    public override Value ValueOf(string name) => name switch
    {
        "seed" => Value.Of(Seed),
        "kind" => new Value.Text(Kind),
        _ => Values.TryGetValue(name, out object? value) ? ToValue(value) : Value.Missing.Instance,
    };

    /// <inheritdoc/>
    public override LearningResult Run(int threads, CancellationToken cancellation) =>
        Function.Run(_options, new CellContext((ulong)Seed, threads, cancellation));

    /// <summary>The cell of a canonical form.</summary>
    internal static FunctionCell Of(JsonElement root, CellFunction function) => Of(function,
        CanonicalJson.Values(root, function.Parameters), root.GetProperty("seed").GetInt64());

    /// <summary>A cell with some parameters, the others at their defaults.</summary>
    /// <param name="function">The function.</param>
    /// <param name="chosen">Values of the parameters' types.</param>
    /// <param name="seed">Seed of all random numbers.</param>
    public static FunctionCell Of(CellFunction function, IReadOnlyDictionary<string, object> chosen, long seed)
    {
        ArgumentNullException.ThrowIfNull(function);
        var values = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (LearnerParameter parameter in function.Parameters)
            values[parameter.Name] = chosen.GetValueOrDefault(parameter.Name, parameter.Default);
        return new FunctionCell(function, values, seed);
    }
}

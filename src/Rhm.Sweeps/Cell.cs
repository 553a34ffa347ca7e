using System.Globalization;
using System.Text;
using System.Text.Json;
using Rhm.Files;
using Rhm.Learning;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>
/// One piece of work of a sweep: a run of a learner at a given P (<see cref="RunCell"/>), P* of a learner in one grammar
/// (<see cref="ThresholdCell"/>), or a function that was registered by name (<see cref="FunctionCell"/>). Its identity is its
/// <see cref="Configuration"/>, which holds every parameter and the versions of the code that its result depends on.
/// </summary>
public abstract record Cell
{
    /// <summary>The columns that come first in tables, those of every learner's cell.</summary>
    public static IReadOnlyList<string> Common { get; } = ["kind", "learner", .. ProblemParameters.All.Select(parameter => parameter.Name)];

    /// <summary>What kind of work it is: run, threshold, or the name of a function.</summary>
    public abstract string Kind { get; }

    /// <summary>The name of the learner, or of the function: cells of one name cost alike.</summary>
    public abstract string Worker { get; }

    /// <summary>Version of the learner, or of the function.</summary>
    public abstract int Version { get; }

    /// <summary>Bytes of memory that it expects to need.</summary>
    public abstract double MemoryBytes { get; }

    /// <summary>Seconds of one thread that it expects to need, up to a factor of the machine.</summary>
    public abstract double Seconds { get; }

    /// <summary>A short name for messages.</summary>
    public abstract string Title { get; }

    /// <summary>The names of the parameters that it has.</summary>
    public abstract IEnumerable<string> ParameterNames { get; }

    /// <summary>Whether all threads of its work are those of this library's loops, which leave others their cores.</summary>
    internal virtual bool SharesThreads => false;

    /// <summary>Why little can be learned, one reason each.</summary>
    public virtual IEnumerable<string> Warnings => [];

    /// <summary>The series of its results in a summary, as the sweep file calls it; no part of the identity.</summary>
    public string Series { get; init; } = "";

    /// <summary>The canonical form. Two cells are the same if and only if these texts are.</summary>
    public string Configuration => Encoding.UTF8.GetString(CanonicalJson.Write(Fields).WrittenSpan);

    /// <summary>The first 16 bytes of the SHA-256 of the canonical form.</summary>
    public CellKey Key => CellKey.Of(CanonicalJson.Write(Fields).WrittenSpan);

    /// <summary>What identifies it, by name.</summary>
    private protected abstract IEnumerable<(string Name, object Value)> Fields { get; }

    /// <summary>The value of a parameter by name; missing where it does not have it.</summary>
    /// <param name="name">Name.</param>
    public abstract Value ValueOf(string name);

    /// <summary>Does the work: a function of the configuration alone, to the last bit.</summary>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <param name="cancellation">Stops it.</param>
    public abstract LearningResult Run(int threads, CancellationToken cancellation);

    /// <summary>The cell of a canonical form.</summary>
    /// <param name="configuration">From <see cref="Configuration"/>.</param>
    /// <param name="catalog">Where its learner or function is.</param>
    /// <exception cref="ArgumentException">
    /// It is no such text, or the learner or function, or its version, or the model's, is another one now.
    /// </exception>
    public static Cell Parse(string configuration, CellCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        try
        {
            return JsonText.Read(Encoding.UTF8.GetBytes(configuration), root => Of(root, configuration, catalog));
        }
        catch (ArgumentException error)
        {
            throw new ArgumentException($"the cell {configuration} cannot be run: {error.Message}", error);
        }
    }

    private static Cell Of(JsonElement root, string configuration, CellCatalog catalog)
    {
        string kind = root.TryGetProperty("kind", out JsonElement name) ? name.GetString()! : RunCell.KindName;
        Cell cell = kind switch
        {
            RunCell.KindName => RunCell.Of(root, catalog.Learners),
            ThresholdCell.KindName => ThresholdCell.Of(root, catalog.Learners),
            _ => FunctionCell.Of(root, catalog.Find(kind)),
        };
        return cell.Configuration == configuration
            ? cell
            : throw new ArgumentException($"it is of another version of the code: now it would be {cell.Configuration}");
    }

    /// <summary>A parameter's value in an expression.</summary>
    internal static Value ToValue(object value) => value switch
    {
        bool flag => Value.Of(flag ? 1 : 0),
        int or long => Value.Of(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        double number => Value.Parse(LearnerParameter.Format(number)) ?? Value.Of(number),
        _ => new Value.Text(LearnerParameter.Format(value)),
    };
}

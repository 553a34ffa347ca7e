using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>
/// One run of a sweep: a grammar, a number of strings, seeds, a learner. Its identity is its <see cref="Configuration"/>, which holds
/// every parameter and the versions of the code that its result depends on.
/// </summary>
/// <param name="Shape">L, s, v, m and the number of classes.</param>
/// <param name="Zipf">Exponent of the rule probabilities.</param>
/// <param name="Samples">P.</param>
/// <param name="Grammar">Seed of the grammar.</param>
/// <param name="Seed">Seed of strings and learner.</param>
/// <param name="HeldOut">Number of held-out strings.</param>
/// <param name="Settings">The learner.</param>
public sealed record Cell(GrammarShape Shape, double Zipf, long Samples, long Grammar, long Seed, long HeldOut, LearnerSettings Settings)
{
    /// <summary>The names of the parameters that every cell has, in the order of columns.</summary>
    public static IReadOnlyList<string> Common { get; } = ["learner", .. ProblemParameters.All.Select(parameter => parameter.Name)];

    /// <summary>Bytes of memory that the learner expects to need.</summary>
    public double MemoryBytes => Settings.Learner.MemoryBytes(Shape, Samples, Settings.Options);

    /// <summary>Seconds that the learner expects to need, up to a factor of the machine.</summary>
    public double Seconds => Settings.Learner.Seconds(Shape, Samples, Settings.Options);

    /// <summary>
    /// The canonical form: a JSON object without blanks, names in ordinal order, numbers in their shortest form (doubles with a point or an
    /// exponent, integers without). Two cells are the same if and only if these texts are.
    /// </summary>
    public string Configuration => Encoding.UTF8.GetString(Canonical().WrittenSpan);

    /// <summary>The first 16 bytes of the SHA-256 of the canonical form.</summary>
    public CellKey Key => CellKey.Of(Canonical().WrittenSpan);

    /// <summary>The value of a parameter by name; missing where the learner does not have it.</summary>
    /// <param name="name">Name.</param>
    public Value ValueOf(string name) => name switch
    {
        "learner" => new Value.Text(Settings.Learner.Name),
        "L" => Value.Of(Shape.Depth),
        "s" => Value.Of(Shape.Branching),
        "v" => Value.Of(Shape.Vocabulary),
        "m" => Value.Of(Shape.Multiplicity),
        "classes" => Value.Of(Shape.Classes),
        "zipf" => Value.Parse(LearnerParameter.Format(Zipf))!,
        "P" => Value.Of(Samples),
        "grammar" => Value.Of(Grammar),
        "seed" => Value.Of(Seed),
        "held_out" => Value.Of(HeldOut),
        _ => Settings.Values.TryGetValue(name, out object? value) ? ToValue(value) : Value.Missing.Instance,
    };

    /// <summary>Draws the grammar and runs the learner.</summary>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <param name="cancellation">Stops it.</param>
    public LearningResult Run(int threads, CancellationToken cancellation) => Settings.Learner.Learn(
        new LearningProblem(Grammars.Grammar.Draw(Shape, (ulong)Grammar, Zipf), Samples)
        {
            Seed = (ulong)Seed,
            HeldOut = HeldOut,
            Threads = threads,
            Cancellation = cancellation,
        }, Settings.Options);

    /// <summary>The cell of a canonical form.</summary>
    /// <param name="configuration">From <see cref="Configuration"/>.</param>
    /// <param name="catalog">Where its learner is.</param>
    /// <exception cref="ArgumentException">The learner, or its version, or the model's, is another one now.</exception>
    public static Cell Parse(string configuration, LearnerCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        using var document = JsonDocument.Parse(configuration);
        JsonElement root = document.RootElement;
        Learner learner = catalog.Find(root.GetProperty("learner").GetString()!);
        var chosen = new Dictionary<string, object>();
        foreach (LearnerParameter parameter in learner.Parameters)
        {
            if (!root.TryGetProperty(parameter.Name, out JsonElement value)) continue;
            bool none = parameter.Optional && value.ValueKind == JsonValueKind.String && value.GetString() == "none";
            chosen[parameter.Name] = none ? LearnerParameter.None : Read(value, parameter.Type);
        }
        int Number(string name) => root.GetProperty(name).GetInt32();
        long Long(string name) => root.GetProperty(name).GetInt64();
        var cell = new Cell(new GrammarShape(Number("L"), Number("s"), Number("v"), Number("m"), Number("classes")),
            root.GetProperty("zipf").GetDouble(), Long("P"), Long("grammar"), Long("seed"), Long("held_out"),
            LearnerSettings.Of(learner, chosen));
        return cell.Configuration == configuration
            ? cell
            : throw new ArgumentException(
                $"the cell {configuration} is of another version of the code: now it would be {cell.Configuration}");
    }

    private static object Read(JsonElement value, Type type) =>
        type == typeof(bool) ? value.GetBoolean()
        : type == typeof(int) ? value.GetInt32()
        : type == typeof(long) ? value.GetInt64()
        : type == typeof(double) ? value.GetDouble()
        : type == typeof(string) ? value.GetString()!
        : Enum.GetValues(type).Cast<object>().First(choice => LearnerParameter.Format(choice) == value.GetString());

    private static Value ToValue(object value) => value switch
    {
        bool flag => Value.Of(flag ? 1 : 0),
        int or long => Value.Of(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)),
        double number => Value.Parse(LearnerParameter.Format(number)) ?? Value.Of(number),
        _ => new Value.Text(LearnerParameter.Format(value)),
    };

    private ArrayBufferWriter<byte> Canonical()
    {
        var fields = new SortedList<string, object>(StringComparer.Ordinal)
        {
            ["L"] = Shape.Depth,
            ["P"] = Samples,
            ["classes"] = Shape.Classes,
            ["grammar"] = Grammar,
            ["held_out"] = HeldOut,
            ["learner"] = Settings.Learner.Name,
            ["learner_version"] = Settings.Learner.Version,
            ["m"] = Shape.Multiplicity,
            ["model_version"] = LearningProblem.ModelVersion,
            ["s"] = Shape.Branching,
            ["seed"] = Seed,
            ["v"] = Shape.Vocabulary,
            ["zipf"] = Zipf,
        };
        foreach ((string name, object value) in Settings.Values) fields.Add(name, value);
        var buffer = new ArrayBufferWriter<byte>(512);
        var format = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
        using var writer = new Utf8JsonWriter(buffer, format);
        writer.WriteStartObject();
        foreach ((string name, object value) in fields)
        {
            writer.WritePropertyName(name);
            switch (value)
            {
                case bool flag:
                    writer.WriteBooleanValue(flag);
                    break;
                case int or long:
                    writer.WriteNumberValue(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                    break;
                case double number:
                    // A point or an exponent tells doubles from integers.
                    string digits = LearnerParameter.Format(number);
                    writer.WriteRawValue(digits.AsSpan().IndexOfAny(".E") < 0 ? digits + ".0" : digits, skipInputValidation: true);
                    break;
                default:
                    writer.WriteStringValue(LearnerParameter.Format(value));
                    break;
            }
        }
        writer.WriteEndObject();
        writer.Flush();
        return buffer;
    }
}

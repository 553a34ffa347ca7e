using Rhm.Learning;

namespace Rhm.Sweeps;

/// <summary>What cells may name: learners, and functions registered by name.</summary>
public sealed class CellCatalog
{
    private readonly SortedDictionary<string, CellFunction> _functions = new(StringComparer.Ordinal);

    /// <summary>This project's learners, and some functions.</summary>
    /// <param name="functions">The functions.</param>
    /// <exception cref="ArgumentException">Two of them have one name.</exception>
    public CellCatalog(IEnumerable<CellFunction>? functions = null)
    {
        foreach (CellFunction function in functions ?? [])
        {
            if (!_functions.TryAdd(function.Name, function)) throw new ArgumentException($"there are two functions named {function.Name}");
        }
    }

    /// <summary>The learners.</summary>
    public LearnerCatalog Learners { get; } = new();

    /// <summary>The functions, by name.</summary>
    public IReadOnlyCollection<CellFunction> Functions => _functions.Values;

    /// <summary>The present version of the learner or function of a kind of cells; null where there is none.</summary>
    /// <param name="kind">Kind of the cells.</param>
    /// <param name="worker">See <see cref="Cell.Worker"/>.</param>
    public int? VersionOf(string kind, string worker) => kind is RunCell.KindName or ThresholdCell.KindName
        ? Learners.All.FirstOrDefault(learner => learner.Name == worker)?.Version
        : _functions.GetValueOrDefault(kind)?.Version;

    /// <summary>The function of a name.</summary>
    /// <param name="name">Its name, the kind of its cells.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public CellFunction Find(string name) => _functions.TryGetValue(name, out CellFunction? function)
        ? function
        : throw new ArgumentException($"there is no kind of cell \"{name}\"; there are: "
            + string.Join(", ", ((string[])[RunCell.KindName, ThresholdCell.KindName]).Concat(_functions.Keys)));
}

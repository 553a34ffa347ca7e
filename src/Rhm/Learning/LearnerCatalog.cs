using System.Reflection;
using Rhm.Levelwise;
using Rhm.Networks.Convolution;
using Rhm.Networks.StackedLatentClustering;

namespace Rhm.Learning;

/// <summary>The learners that can be named in a sweep, a threshold or a figure: this project's, and those that a program adds.</summary>
public sealed class LearnerCatalog
{
    private readonly SortedDictionary<string, Learner> _learners = new(StringComparer.Ordinal);

    /// <summary>This project's learners.</summary>
    public LearnerCatalog()
    {
        Add(IterativeLatentClustering.Learner);
        Add(OwnLatentClustering.Learner);
        Add(SpectralLatentClustering.Learner);
        Add(SingleLevelClustering.Learner);
        Add(SlcLearner.Learner);
        Add(ConvolutionalLearner.Learner);
        Add(NullLearner.Learner);
    }

    /// <summary>The learners, by name.</summary>
    public IReadOnlyCollection<Learner> All => _learners.Values;

    /// <summary>Adds a learner.</summary>
    /// <param name="learner">The learner.</param>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void Add(Learner learner)
    {
        ArgumentNullException.ThrowIfNull(learner);
        if (!_learners.TryAdd(learner.Name, learner)) throw new ArgumentException($"there are two learners named {learner.Name}");
    }

    /// <summary>Adds every public static property or field of an assembly that is a learner (F#: every public value of a module).</summary>
    /// <param name="path">The .dll.</param>
    /// <exception cref="ArgumentException">It cannot be loaded or has no learner.</exception>
    public void AddAssembly(string path)
    {
        try
        {
            const BindingFlags members = BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly;
            Learner[] found = [.. from type in Assembly.LoadFrom(Path.GetFullPath(path)).GetExportedTypes()
                                  where !type.ContainsGenericParameters
                                  from value in type.GetProperties(members).Where(p => typeof(Learner).IsAssignableFrom(p.PropertyType)).Select(p => p.GetValue(null))
                                      .Concat(type.GetFields(members).Where(f => typeof(Learner).IsAssignableFrom(f.FieldType)).Select(f => f.GetValue(null)))
                                  where value is not null
                                  select (Learner)value];
            if (found.Length == 0) throw new ArgumentException($"{path} has no learner: a public static property of type {typeof(Learner)}");
            foreach (Learner learner in found) Add(learner);
        }
        catch (Exception error) when (error is IOException or BadImageFormatException or TargetInvocationException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"cannot load learners from {path}: {(error.InnerException ?? error).Message.ReplaceLineEndings(" ").Trim()}", error);
        }
    }

    /// <summary>The learner of a name.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public Learner Find(string name) => _learners.TryGetValue(name, out Learner? learner)
        ? learner
        : throw new ArgumentException($"there is no learner \"{name}\"; there are: {string.Join(", ", _learners.Keys)}");
}

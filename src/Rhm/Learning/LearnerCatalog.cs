using System.Reflection;

namespace Rhm.Learning;

/// <summary>The learners that can be named in a sweep, a threshold or a figure: this project's, and those that a program adds.</summary>
public sealed class LearnerCatalog
{
    private readonly SortedDictionary<string, Learner> _learners = new(StringComparer.Ordinal);

    /// <summary>The learners of this library.</summary>
    public LearnerCatalog()
    {
        foreach (Learner learner in LearnersOf(typeof(LearnerCatalog).Assembly)) Add(learner);
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
            Learner[] found = LearnersOf(Assembly.LoadFrom(Path.GetFullPath(path)));
            if (found.Length == 0)
                throw new ArgumentException($"{path} has no learner: a public static property of type {typeof(Learner)}");
            foreach (Learner learner in found) Add(learner);
        }
        catch (Exception error) when (error is IOException or BadImageFormatException
            or TargetInvocationException or UnauthorizedAccessException)
        {
            string reason = (error.InnerException ?? error).Message.ReplaceLineEndings(" ").Trim();
            throw new ArgumentException($"cannot load learners from {path}: {reason}", error);
        }
    }

    private static Learner[] LearnersOf(Assembly assembly)
    {
        const BindingFlags members = BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly;
        IEnumerable<Type> types = assembly.GetExportedTypes().Where(type => !type.ContainsGenericParameters);
        IEnumerable<object?> properties = types.SelectMany(type => type.GetProperties(members))
            .Where(property => typeof(Learner).IsAssignableFrom(property.PropertyType)).Select(property => property.GetValue(null));
        IEnumerable<object?> fields = types.SelectMany(type => type.GetFields(members))
            .Where(field => typeof(Learner).IsAssignableFrom(field.FieldType)).Select(field => field.GetValue(null));
        return [.. properties.Concat(fields).OfType<Learner>()];
    }

    /// <summary>The learner of a name.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public Learner Find(string name) => _learners.TryGetValue(name, out Learner? learner)
        ? learner
        : throw new ArgumentException(
            $"there is no learner \"{name}\"; there are: {string.Join(", ", _learners.Keys)}{NearestName.Hint(name, _learners.Keys)}");
}

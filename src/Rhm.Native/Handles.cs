using System.Collections.Concurrent;

namespace Rhm.Native;

/// <summary>Objects that a caller holds, by number. Numbers are never given twice, so a freed one is told from a living one.</summary>
internal static class Handles
{
    private static readonly ConcurrentDictionary<long, object> s_objects = new();
    private static long s_last;

    /// <summary>Keeps an object.</summary>
    public static long Add(object value)
    {
        long handle = Interlocked.Increment(ref s_last);
        s_objects[handle] = value;
        return handle;
    }

    /// <summary>The object of a number.</summary>
    /// <exception cref="ArgumentException">It was freed, never existed, or is of another kind.</exception>
    public static T Get<T>(long handle) where T : class => s_objects.TryGetValue(handle, out object? value) && value is T found
        ? found
        : throw new ArgumentException($"handle {handle} is no {typeof(T).Name.ToLowerInvariant()}: it was freed or never existed");

    /// <summary>Lets an object go; a number that has none is ignored.</summary>
    public static void Remove(long handle) => s_objects.TryRemove(handle, out _);
}

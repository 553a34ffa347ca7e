namespace Rhm.Parallelism;

/// <summary>
/// Whether work may use other threads than its own at the moment: others need them now, and may not later. Loops look whenever they begin.
/// No result depends on it.
/// </summary>
internal sealed class ThreadShare
{
    [ThreadStatic]
    private static ThreadShare? t_ofThread;

    private volatile bool _open;

    /// <summary>Whether other threads may be used; set from any thread.</summary>
    public bool IsOpen
    {
        get => _open;
        set => _open = value;
    }

    /// <summary>Whether some were.</summary>
    public bool WasUsed { get; private set; }

    /// <summary>Whether a loop that begins now on this thread may use others; true where nobody said anything.</summary>
    public static bool MayUseOthers()
    {
        if (t_ofThread is not { } share) return true;
        if (!share._open) return false;
        share.WasUsed = true;
        return true;
    }

    /// <summary>Makes this the share of the calling thread, until what is returned ends it.</summary>
    public IDisposable Enter()
    {
        ThreadShare? before = t_ofThread;
        t_ofThread = this;
        return new Stay(before);
    }

    private sealed class Stay(ThreadShare? before) : IDisposable
    {
        public void Dispose() => t_ofThread = before;
    }
}

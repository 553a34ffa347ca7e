namespace Rhm.Native;

/// <summary>What a function of the C ABI answers; the sentence that belongs to it is <c>rhm_last_error</c>.</summary>
internal enum Status
{
    /// <summary>Done.</summary>
    Success = 0,

    /// <summary>An argument is refused; nothing was written.</summary>
    BadInput = 2,

    /// <summary>There is not enough memory.</summary>
    OutOfMemory = 3,

    /// <summary>A fault of the library.</summary>
    Fault = 70,
}

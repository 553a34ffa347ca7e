namespace Rhm.Running;

/// <summary>How much work a measurement may do.</summary>
public enum Scale
{
    /// <summary>The whole ledger in some minutes on two cores; not every claim can be decided.</summary>
    Quick = 0,

    /// <summary>The paper's sizes, more grammars.</summary>
    Paper = 1,
}

using System.Text.Json;

namespace Rhm.Benchmarks.Compare;

/// <summary>One row of the table: the same work, done by this program and by a peer.</summary>
/// <param name="Work">What is done, with its sizes.</param>
/// <param name="Script">Peer program in benchmarks/peers.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Ours">Does the work once in this process; answers what <paramref name="Check"/> needs.</param>
/// <param name="Check">Fails with a sentence unless both did the same work, well enough; sees what ours and the peer answered last.</param>
/// <param name="Goal">The ratio to reach, peer's time over ours; 0 for none.</param>
/// <param name="Limit">What the amount of work is held against.</param>
/// <param name="Amount">Bytes or multiply-adds of the work.</param>
/// <param name="LimitGoal">The share of the limit to reach; 0 for none.</param>
/// <param name="Environment">Variables of the peer's process, such as its number of threads.</param>
/// <param name="Against">Instead of a peer program: other work of this process, called by the name in <paramref name="Script"/>.</param>
/// <param name="SecondsGoal">
/// The time that ours may take at most; 0 for no such goal. With an empty <paramref name="Script"/> there is no peer.
/// </param>
/// <param name="Family">Rows of one family get a row with the geometric mean of their ratios.</param>
/// <param name="FamilyGoal">What that mean has to reach; 0 for nothing.</param>
internal sealed record Comparison(string Work, string Script, IReadOnlyList<string> Arguments, Func<object?> Ours,
    Action<object?, JsonElement> Check, double Goal, Limit Limit = Limit.None, double Amount = 0, double LimitGoal = 0,
    IReadOnlyDictionary<string, string>? Environment = null, Func<object?>? Against = null, double SecondsGoal = 0,
    string? Family = null, double FamilyGoal = 0);

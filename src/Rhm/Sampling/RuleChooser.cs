namespace Rhm.Sampling;

/// <summary>
/// Draws one of n alternatives for each of 64 lanes. What it takes from the generator is part of the contract that makes a seed
/// mean the same strings everywhere: nothing when n = 1; else two steps of 32 16-bit numbers when uniform and n is at most 256,
/// or four steps of 16 32-bit numbers; each step of a uniform choice is followed by as many further steps as it takes until no
/// lane is rejected (a rejected lane takes its number from the further step).
/// </summary>
internal sealed class RuleChooser
{
    private readonly uint[]? _cumulative;

    private RuleChooser(int alternatives, uint[]? cumulative) => (Alternatives, _cumulative) = (alternatives, cumulative);

    public int Alternatives { get; }

    public bool IsNarrow => _cumulative is null && Alternatives <= 256;

    public static RuleChooser Uniform(int alternatives) => new(alternatives, null);

    public static RuleChooser Weighted(IReadOnlyList<double> probabilities)
    {
        var cumulative = new uint[probabilities.Count - 1];
        double sum = 0;
        for (int k = 0; k < cumulative.Length; k++)
        {
            sum += probabilities[k];
            cumulative[k] = (uint)Math.Min(uint.MaxValue, Math.Round(sum * 4294967296.0));
        }
        return new RuleChooser(probabilities.Count, cumulative);
    }

    public void Draw(LaneRandom.Scalar random, Span<int> choices)
    {
        if (Alternatives == 1)
        {
            choices.Clear();
            return;
        }
        int width = IsNarrow ? 32 : 16;
        for (int first = 0; first < choices.Length; first += width)
        {
            Span<int> step = choices.Slice(first, width);
            if (_cumulative is not null) DrawWeighted(random.Next32(), step);
            else if (IsNarrow) DrawNarrow(random, step);
            else DrawWide(random, step);
        }
    }

    private void DrawNarrow(LaneRandom.Scalar random, Span<int> step)
    {
        uint n = (uint)Alternatives, threshold = 65536 % n;
        step.Fill(-1);
        bool rejected;
        do
        {
            rejected = false;
            ReadOnlySpan<ushort> numbers = random.Next16();
            for (int lane = 0; lane < step.Length; lane++)
            {
                if (step[lane] >= 0) continue;
                uint product = numbers[lane] * n;
                if ((product & 0xFFFF) < threshold) rejected = true;
                else step[lane] = (int)(product >> 16);
            }
        }
        while (rejected);
    }

    private void DrawWide(LaneRandom.Scalar random, Span<int> step)
    {
        ulong n = (ulong)Alternatives, threshold = 4294967296 % n;
        step.Fill(-1);
        bool rejected;
        do
        {
            rejected = false;
            ReadOnlySpan<uint> numbers = random.Next32();
            for (int lane = 0; lane < step.Length; lane++)
            {
                if (step[lane] >= 0) continue;
                ulong product = numbers[lane] * n;
                if ((product & 0xFFFFFFFF) < threshold) rejected = true;
                else step[lane] = (int)(product >> 32);
            }
        }
        while (rejected);
    }

    private void DrawWeighted(ReadOnlySpan<uint> numbers, Span<int> step)
    {
        for (int lane = 0; lane < step.Length; lane++)
        {
            int found = _cumulative.AsSpan().BinarySearch(numbers[lane]);
            // The choice is the number of cumulative bounds at or below the drawn number.
            int choice = found < 0 ? ~found : found + 1;
            while (choice < _cumulative!.Length && _cumulative[choice] <= numbers[lane]) choice++;
            step[lane] = choice;
        }
    }
}

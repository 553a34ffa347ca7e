using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rhm.Clustering;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Networks.Probes;
using Rhm.Population;
using Rhm.Strings;

namespace Rhm.Native;

/// <summary>Learners on the caller's strings, and the project's scores.</summary>
internal static unsafe class LearningExports
{
    /// <summary>Iterative latent clustering. target: 0 latent, 1 token; cousins: 0 one element, 1 one tuple, 2 all.</summary>
    [UnmanagedCallersOnly(EntryPoint = "rhm_ilc", CallConvs = [typeof(CallConvCdecl)])]
    public static int Ilc(void* tokens, long tokenCapacity, int itemSize, long count, int length, int vocabulary, int branching, int target,
        int cousins, int restarts, ulong seed, int threads, long* handle) => Boundary.Run(() =>
    {
        Boundary.Require(handle, 1, 1, "handle");
        CallerStrings strings = Strings(tokens, tokenCapacity, itemSize, count, length, vocabulary);
        var options = new IlcOptions
        {
            Target = target switch
            {
                0 => Target.Latent,
                1 => Target.Token,
                _ => throw new ArgumentException($"target {target} is neither 0 nor 1"),
            },
            Cousins = Enum.IsDefined((CousinTargets)cousins)
                ? (CousinTargets)cousins
                : throw new ArgumentException($"cousins {cousins} is outside 0..{Enum.GetValues<CousinTargets>().Length - 1}"),
            Restarts = restarts,
            Seed = seed,
            Threads = Boundary.Threads(threads),
        };
        *handle = Handles.Add(IterativeLatentClustering.Learn(strings, branching, options));
    });

    /// <summary>Spectral latent clustering. latents: their number at each level, 0 = v, -1 = estimated.</summary>
    [UnmanagedCallersOnly(EntryPoint = "rhm_spectral", CallConvs = [typeof(CallConvCdecl)])]
    public static int Spectral(void* tokens, long tokenCapacity, int itemSize, long count, int length, int vocabulary, int branching,
        int latents,
        int starts, ulong seed, int threads, long* handle) => Boundary.Run(() =>
    {
        Boundary.Require(handle, 1, 1, "handle");
        CallerStrings strings = Strings(tokens, tokenCapacity, itemSize, count, length, vocabulary);
        var options = new SpectralOptions
        {
            Latents = Math.Max(0, latents),
            EstimateLatents = latents < 0,
            Starts = starts,
            Seed = seed,
            Threads = Boundary.Threads(threads),
        };
        *handle = Handles.Add(SpectralLatentClustering.Learn(strings, branching, options));
    });

    /// <summary>symbols[l-1] = number of labels of level l, l = 1..L-1; capacity 0 asks for nothing. depth receives L.</summary>
    [UnmanagedCallersOnly(EntryPoint = "rhm_learned_shape", CallConvs = [typeof(CallConvCdecl)])]
    public static int Shape(long learned, int* depth, int* symbols, long capacity) => Boundary.Run(() =>
    {
        Boundary.Require(depth, 1, 1, "depth");
        LearnedHierarchy hierarchy = Handles.Get<LearnedHierarchy>(learned);
        *depth = hierarchy.Depth;
        if (capacity == 0) return;
        Span<int> counts = Boundary.Memory<int>(symbols, capacity, hierarchy.Levels.Count, "symbols");
        for (int level = 0; level < counts.Length; level++) counts[level] = hierarchy.Levels[level].SymbolCount;
    });

    /// <summary>The warnings, one a line; returns the bytes of all, or -1 (<c>rhm_last_error</c>).</summary>
    [UnmanagedCallersOnly(EntryPoint = "rhm_learned_warnings", CallConvs = [typeof(CallConvCdecl)])]
    public static int Warnings(long learned, byte* text, long capacity)
    {
        int length = -1;
        int status = Boundary.Run(() =>
        {
            string warnings = string.Join('\n', Handles.Get<LearnedHierarchy>(learned).Warnings);
            length = Boundary.Copy(warnings, text, capacity);
        });
        return status == 0 ? length : -1;
    }

    /// <summary>Labels of the nodes of a level, uint16 [count, s^(L-level)]; 65535 where a node is not resolved.</summary>
    [UnmanagedCallersOnly(EntryPoint = "rhm_learned_labels", CallConvs = [typeof(CallConvCdecl)])]
    public static int Labels(long learned, void* tokens, long tokenCapacity, int itemSize, long count, int level, ushort* labels,
        long capacity) =>
        Boundary.Run(() =>
        {
            LearnedHierarchy hierarchy = Handles.Get<LearnedHierarchy>(learned);
            if (level < 1 || level > hierarchy.Depth - 1) throw new ArgumentException($"level {level} is outside 1..{hierarchy.Depth - 1}");
            StringGroup group = hierarchy.CreateGroup();
            int length = group.NodeCount(0), nodes = group.NodeCount(level);
            CallerStrings strings = Strings(tokens, tokenCapacity, itemSize, count, length, hierarchy.Vocabulary);
            Boundary.Require(labels, capacity, checked(count * nodes), "labels");
            using IStringReader reader = strings.OpenReader();
            var read = new StringGroup(1, length, hierarchy.Branching);
            for (long g = 0; g < strings.GroupCount(); g++)
            {
                reader.Read(g, read);
                read.Level(0).CopyTo(group.Level(0));
                hierarchy.Decode(group);
                ReadOnlySpan<ushort> found = group.Level(level);
                for (int lane = 0; lane < read.Count; lane++)
                {
                    ushort* row = labels + (g * StringGroup.Lanes + lane) * nodes;
                    for (int node = 0; node < nodes; node++) row[node] = found[node * StringGroup.Lanes + lane];
                }
            }
        });

    /// <summary>Share of labels that are right under the best one-to-one matching; labels of 65535 or beyond count as errors.</summary>
    [UnmanagedCallersOnly(EntryPoint = "rhm_accuracy", CallConvs = [typeof(CallConvCdecl)])]
    public static int Accuracy(ushort* labels, long labelCapacity, ushort* truth, long truthCapacity, int labelCount, int symbols,
        double* accuracy) =>
        Boundary.Run(() =>
        {
            Boundary.Require(accuracy, 1, 1, "accuracy");
            if (labelCapacity < 1) throw new ArgumentException("there are no labels to score");
            Boundary.Require(labels, labelCapacity, truthCapacity, "labels");
            Boundary.Require(truth, truthCapacity, labelCapacity, "truth");
            if (labelCount is < 1 or > 65535) throw new ArgumentException($"number of labels {labelCount} is outside 1..65535");
            if (symbols is < 1 or > 65536) throw new ArgumentException($"number of symbols {symbols} is outside 1..65536");
            if ((long)symbols * labelCount > 1 << 26)
                throw new ArgumentException($"{symbols} symbols x {labelCount} labels are too many to match");
            var confusion = new long[symbols, labelCount];
            for (long i = 0; i < labelCapacity; i++)
            {
                if (truth[i] >= symbols) throw new ArgumentException($"symbol {truth[i]} of node {i} is outside 0..{symbols - 1}");
                if (labels[i] < labelCount) confusion[truth[i], labels[i]]++;
                else if (labels[i] != LearnedHierarchy.Unresolved)
                    throw new ArgumentException($"label {labels[i]} of node {i} is in neither 0..{labelCount - 1} nor 65535");
            }
            *accuracy = LabelMatching.BestOneToOne(confusion).Total / (double)labelCapacity;
        });

    /// <summary>Accuracy on held-out rows of a ridge regression of one-hot labels on features, float32 [rows, columns].</summary>
    [UnmanagedCallersOnly(EntryPoint = "rhm_ridge_probe", CallConvs = [typeof(CallConvCdecl)])]
    public static int RidgeProbe(float* train, long trainCapacity, ushort* trainLabels, long trainRows, float* held, long heldCapacity,
        ushort* heldLabels, long heldRows, int columns, int symbols, double* accuracy) => Boundary.Run(() =>
    {
        Boundary.Require(accuracy, 1, 1, "accuracy");
        if (columns is < 1 or > 1 << 16) throw new ArgumentException($"number of features {columns} is outside 1..65536");
        if (symbols is < 1 or > 65536) throw new ArgumentException($"number of symbols {symbols} is outside 1..65536");
        LabelledFeatures first = Features(train, trainCapacity, trainLabels, trainRows, columns, symbols, "train");
        LabelledFeatures second = Features(held, heldCapacity, heldLabels, heldRows, columns, symbols, "held");
        *accuracy = Networks.Probes.RidgeProbe.Accuracy(first, second, symbols);
    });

    private static LabelledFeatures Features(float* values, long capacity, ushort* labels, long rows, int columns, int symbols, string name)
    {
        if (rows is < 1 or > int.MaxValue) throw new ArgumentException($"number of rows of {name} {rows} is outside 1..{int.MaxValue}");
        float[] copied = Boundary.Memory<float>(values, capacity, rows * columns, name).ToArray();
        if (copied.Any(value => !float.IsFinite(value))) throw new ArgumentException($"{name} has features that are not finite");
        ushort[] known = Boundary.Memory<ushort>(labels, rows, rows, $"labels of {name}").ToArray();
        if (known.Any(label => label >= symbols)) throw new ArgumentException($"{name} has labels outside 0..{symbols - 1}");
        return new LabelledFeatures(copied, columns, known);
    }

    private static CallerStrings Strings(void* tokens, long capacity, int itemSize, long count, int length, int vocabulary)
    {
        if (itemSize is not (1 or 2)) throw new ArgumentException($"{itemSize} bytes a token: there are strings of 1 and of 2");
        if (length is < 2 or > 1 << 24) throw new ArgumentException($"strings of {length} tokens are outside 2..2^24");
        if (count < 0 || count > long.MaxValue / length) throw new ArgumentException($"number of strings {count} is out of range");
        Boundary.Require(tokens, capacity, count * length, "tokens");
        return new CallerStrings((byte*)tokens, itemSize, count, length, vocabulary);
    }
}

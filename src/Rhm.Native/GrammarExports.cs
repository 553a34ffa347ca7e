using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rhm.Grammars;

namespace Rhm.Native;

/// <summary>Grammars: drawn, read, written, looked into.</summary>
internal static unsafe class GrammarExports
{
    private const int ShapeNumbers = 5;

    [UnmanagedCallersOnly(EntryPoint = "rhm_grammar_draw", CallConvs = [typeof(CallConvCdecl)])]
    public static int Draw(int depth, int branching, int vocabulary, int multiplicity, int classes, double zipf, ulong seed,
        long* handle) =>
        Boundary.Run(() =>
        {
            Boundary.Require(handle, 1, 1, "handle");
            *handle = Handles.Add(Grammar.Draw(Shape(depth, branching, vocabulary, multiplicity, classes), seed, zipf));
        });

    [UnmanagedCallersOnly(EntryPoint = "rhm_grammar_read", CallConvs = [typeof(CallConvCdecl)])]
    public static int Read(byte* path, long* handle) => Boundary.Run(() =>
    {
        Boundary.Require(handle, 1, 1, "handle");
        *handle = Handles.Add(GrammarFile.Read(Boundary.Text(path, "path")));
    });

    [UnmanagedCallersOnly(EntryPoint = "rhm_grammar_write", CallConvs = [typeof(CallConvCdecl)])]
    public static int Write(long grammar, byte* path) =>
        Boundary.Run(() => GrammarFile.Write(Handles.Get<Grammar>(grammar), Boundary.Text(path, "path")));

    /// <summary>rules: for each level from 0, all its tuples, m for each symbol of the level above, s symbols each.</summary>
    [UnmanagedCallersOnly(EntryPoint = "rhm_grammar_from_rules", CallConvs = [typeof(CallConvCdecl)])]
    public static int FromRules(int depth, int branching, int vocabulary, int multiplicity, int classes, double zipf, ushort* rules,
        long capacity,
        long* handle) => Boundary.Run(() =>
    {
        Boundary.Require(handle, 1, 1, "handle");
        GrammarShape shape = Shape(depth, branching, vocabulary, multiplicity, classes);
        long[] sizes = [.. Enumerable.Range(0, shape.Depth).Select(level => (long)shape.RuleCount(level) * branching)];
        Span<ushort> all = Boundary.Memory<ushort>(rules, capacity, sizes.Sum(), "rules");
        var tables = new List<ushort[]>();
        foreach (long size in sizes)
        {
            tables.Add(all[..(int)size].ToArray());
            all = all[(int)size..];
        }
        *handle = Handles.Add(Grammar.FromRules(shape, tables, zipf));
    });

    /// <summary>shape: L, s, v, m, n_c.</summary>
    [UnmanagedCallersOnly(EntryPoint = "rhm_grammar_shape", CallConvs = [typeof(CallConvCdecl)])]
    public static int Shape(long grammar, int* shape, long capacity, double* zipf) => Boundary.Run(() =>
    {
        Boundary.Require(zipf, 1, 1, "zipf");
        Grammar known = Handles.Get<Grammar>(grammar);
        GrammarShape its = known.Shape;
        Span<int> numbers = Boundary.Memory<int>(shape, capacity, ShapeNumbers, "shape");
        (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]) =
            (its.Depth, its.Branching, its.Vocabulary, its.Multiplicity, its.Classes);
        *zipf = known.ZipfExponent;
    });

    [UnmanagedCallersOnly(EntryPoint = "rhm_grammar_rules", CallConvs = [typeof(CallConvCdecl)])]
    public static int Rules(long grammar, int level, ushort* rules, long capacity) => Boundary.Run(() =>
    {
        Grammar known = Handles.Get<Grammar>(grammar);
        if (level < 0 || level >= known.Shape.Depth) throw new ArgumentException($"level {level} is outside 0..{known.Shape.Depth - 1}");
        ReadOnlySpan<ushort> table = known.Rules(level);
        table.CopyTo(Boundary.Memory<ushort>(rules, capacity, table.Length, "rules"));
    });

    /// <summary>A shape; 0 classes stand for v.</summary>
    internal static GrammarShape Shape(int depth, int branching, int vocabulary, int multiplicity, int classes) =>
        new(depth, branching, vocabulary, multiplicity, classes == 0 ? null : classes);
}

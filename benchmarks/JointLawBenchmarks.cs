using BenchmarkDotNet.Attributes;
using Rhm.Grammars;
using Rhm.Population;

namespace Rhm.Benchmarks;

/// <summary>Exact joint laws of the leftmost tuple with every node of the tree (L=7, s=3, v=16, m=8: 3280 laws of 128 x 16).</summary>
[ShortRunJob]
public class JointLawBenchmarks
{
    private readonly Grammar _grammar = Grammar.Draw(new GrammarShape(7, 3, 16, 8), seed: 1);

    /// <summary>All of them, from scratch.</summary>
    [Benchmark]
    public double AllNodes()
    {
        PopulationLaws<double> laws = PopulationLaws.Of(_grammar);
        double sum = 0;
        for (int level = 0; level <= _grammar.Shape.Depth; level++)
        {
            for (int node = 0; node < _grammar.Shape.NodeCount(level); node++)
                sum += laws.Joint(Site.Tuple(0, 0), Site.Symbol(level, node))[0, 0];
        }
        return sum;
    }
}

using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Rhm.Mutants;

/// <summary>
/// Many bugs in one program: every member with a bug is written once for each of its bugs and once without, and the environment variable
/// RHM_MUTANT chooses (Untch, Offutt and Harrold 1993, mutant schemata). Compiling is most of the cost of a bug, and is paid once.
/// </summary>
internal static class Switches
{
    /// <summary>Names the bug that is active; without it the program is that of the tree.</summary>
    public const string Variable = "RHM_MUTANT";

    /// <summary>The source with switches, and the bugs that a switch cannot hold: those must be compiled alone.</summary>
    public static (string Source, IReadOnlyList<Mutant> Left) In(string source, IReadOnlyList<Mutant> mutants) =>
        mutants[0].File.EndsWith(".cs", StringComparison.Ordinal) ? InCSharp(source, mutants) : InFSharp(source, mutants);

    /// <summary>The class that the switches of a C# project read.</summary>
    public static string ClassFor(IReadOnlyCollection<Mutant> mutants)
    {
        var text = new StringBuilder($"internal static class {ClassOf(mutants.First())}\n{{\n");
        text.Append("    private static readonly string s_id = System.Environment.GetEnvironmentVariable(\"" + Variable + "\") ?? \"\";\n");
        foreach (Mutant mutant in mutants) text.Append($"    public static readonly bool {NameOf(mutant)} = s_id == \"{mutant.Id}\";\n");
        return text.Append("}\n").ToString();
    }

    private static string NameOf(Mutant mutant) => "m_" + mutant.Id.Replace('-', '_');

    // Of its own in every project: what is internal to one is known to others.
    private static string ClassOf(Mutant mutant) => "PlantedIn" + mutant.Project.Split('/')[1].Replace(".", "", StringComparison.Ordinal);

    // Where the text is a whole expression, which the catalogue says.
    private static (string, IReadOnlyList<Mutant>) InFSharp(string source, IReadOnlyList<Mutant> mutants)
    {
        List<Mutant> left = [];
        foreach (Mutant mutant in mutants)
        {
            string choice = $"(if System.Environment.GetEnvironmentVariable \"{Variable}\" = \"{mutant.Id}\" then ({mutant.Replacement}) "
                + $"else ({mutant.Text}))";
            if (mutant.IsExpression) source = (mutant with { Replacement = choice }).PlantedIn(source);
            else left.Add(mutant);
        }
        return (source, left);
    }

    private static (string, IReadOnlyList<Mutant>) InCSharp(string source, IReadOnlyList<Mutant> mutants)
    {
        SyntaxNode root = CSharpSyntaxTree.ParseText(source).GetRoot();
        List<Mutant> left = [];
        var places = new Dictionary<SyntaxNode, List<Mutant>>();
        foreach (Mutant mutant in mutants)
        {
            var span = new TextSpan(source.IndexOf(mutant.Text, StringComparison.Ordinal), mutant.Text.Length);
            SyntaxNode? place = root.FindNode(span).AncestorsAndSelf()
                .FirstOrDefault(node => BodyOf(node) is { } body && body.FullSpan.Contains(span));
            if (place is null) left.Add(mutant);
            else if (places.TryGetValue(place, out List<Mutant>? others)) others.Add(mutant);
            else places[place] = [mutant];
        }
        var text = new StringBuilder(source);
        foreach ((SyntaxNode place, List<Mutant> here) in places.OrderByDescending(pair => pair.Key.SpanStart))
        {
            TextSpan replaced = ReplacedOf(place);
            text.Remove(replaced.Start, replaced.Length).Insert(replaced.Start, Choice(source, place, here));
        }
        return (text.ToString(), left);
    }

    // What can be written several times: a block, the expression of a member, or the first value of a field or property.
    private static SyntaxNode? BodyOf(SyntaxNode node) => node switch
    {
        BaseMethodDeclarationSyntax method => (SyntaxNode?)method.Body ?? method.ExpressionBody?.Expression,
        AccessorDeclarationSyntax accessor => (SyntaxNode?)accessor.Body ?? accessor.ExpressionBody?.Expression,
        PropertyDeclarationSyntax property => property.ExpressionBody?.Expression ?? property.Initializer?.Value,
        IndexerDeclarationSyntax indexer => indexer.ExpressionBody?.Expression,
        VariableDeclaratorSyntax { Parent.Parent: FieldDeclarationSyntax field } variable
            when !field.Modifiers.Any(SyntaxKind.ConstKeyword) => variable.Initializer?.Value,
        _ => null,
    };

    private static TextSpan ReplacedOf(SyntaxNode place) => place switch
    {
        BaseMethodDeclarationSyntax { ExpressionBody: { } arrow } method => Through(arrow, method.SemicolonToken),
        AccessorDeclarationSyntax { ExpressionBody: { } arrow } accessor => Through(arrow, accessor.SemicolonToken),
        PropertyDeclarationSyntax { ExpressionBody: { } arrow } property => Through(arrow, property.SemicolonToken),
        IndexerDeclarationSyntax { ExpressionBody: { } arrow } indexer => Through(arrow, indexer.SemicolonToken),
        _ => BodyOf(place)!.Span,
    };

    private static TextSpan Through(ArrowExpressionClauseSyntax arrow, SyntaxToken end) =>
        TextSpan.FromBounds(arrow.SpanStart, end.Span.End);

    private static string Choice(string source, SyntaxNode place, List<Mutant> mutants)
    {
        SyntaxNode body = BodyOf(place)!;
        string original = source[body.FullSpan.Start..body.FullSpan.End];
        IEnumerable<(string Switch, string Text)> planted =
            mutants.Select(mutant => ($"{ClassOf(mutant)}.{NameOf(mutant)}", mutant.PlantedIn(original)));
        if (body is BlockSyntax)
            return "{\n" + string.Concat(planted.Select(one => $"if ({one.Switch})\n{one.Text}\nelse ")) + original + "\n}";
        if (place is VariableDeclaratorSyntax or PropertyDeclarationSyntax { ExpressionBody: null })
            return string.Concat(planted.Select(one => $"{one.Switch} ? {one.Text} : ")) + original;
        string gives = IsStatement(place) ? "" : "return ";
        string others = string.Concat(planted.Select(one => $"if ({one.Switch}) {{ {gives}{one.Text}; }}\nelse "));
        string choice = $"{{\n{others}{{ {gives}{original}; }}\n}}";
        return place is PropertyDeclarationSyntax or IndexerDeclarationSyntax ? "{ get " + choice + " }" : choice;
    }

    private static bool IsStatement(SyntaxNode place) => place switch
    {
        MethodDeclarationSyntax method => method.ReturnType is PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword },
        ConstructorDeclarationSyntax => true,
        AccessorDeclarationSyntax accessor => !accessor.IsKind(SyntaxKind.GetAccessorDeclaration),
        _ => false,
    };
}

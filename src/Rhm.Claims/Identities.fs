/// The identities that hold in every grammar (identities 1 to 14, docs/formulas.md), written once and decided in
/// exact fractions or in doubles. Each has a planted error that breaks it.
module Rhm.Claims.Identities

open System.Numerics
open Rhm.Grammars
open Rhm.Population

/// One elementary statement of an identity. Size bounds the sum of the positive terms behind both sides: it scales rounding errors.
type Relation<'T
    when 'T: struct
    and 'T: (new: unit -> 'T)
    and 'T :> System.ValueType
    and 'T :> IAdditionOperators<'T, 'T, 'T>
    and 'T :> ISubtractionOperators<'T, 'T, 'T>
    and 'T :> IMultiplyOperators<'T, 'T, 'T>
    and 'T :> IDivisionOperators<'T, 'T, 'T>
    and 'T :> IAdditiveIdentity<'T, 'T>
    and 'T :> IMultiplicativeIdentity<'T, 'T>
    and 'T :> IComparisonOperators<'T, 'T, bool>> =
    | Equal of left: 'T * right: 'T * size: 'T
    | AtLeast of left: 'T * right: 'T * size: 'T
    /// Mutual information of the first law at least that of the second.
    | InformsAtLeast of JointLaw<'T> * JointLaw<'T>
    | InformsEqually of JointLaw<'T> * JointLaw<'T>

/// Arithmetic of either kind of number.
let private (+.) (x: 'T when 'T :> IAdditionOperators<'T, 'T, 'T>) (y: 'T) : 'T = 'T.op_Addition (x, y)

let private (-.) (x: 'T when 'T :> ISubtractionOperators<'T, 'T, 'T>) (y: 'T) : 'T = 'T.op_Subtraction (x, y)

let private ( *. ) (x: 'T when 'T :> IMultiplyOperators<'T, 'T, 'T>) (y: 'T) : 'T = 'T.op_Multiply (x, y)

let private (/.) (x: 'T when 'T :> IDivisionOperators<'T, 'T, 'T>) (y: 'T) : 'T = 'T.op_Division (x, y)

/// Where an identity is checked.
type Probes =
    {
        Tuples: Site list
        Symbols: Site list
        /// Strings that the grammar derives, each with its root.
        Strings: (int[] * int) list
        /// Whether these are all of them.
        AllStrings: bool
    }

/// Whether the node of b lies in the subtree of the node of a.
let private contains (shape: GrammarShape) (a: Site) (b: Site) =
    let height (site: Site) = if site.IsTuple then site.Level + 1 else site.Level
    let rises = height a - height b
    rises >= 0 && b.Node / pown shape.Branching rises = a.Node

let private equal left right = Equal(left, right, left +. right)

let private children (shape: GrammarShape) (z: Site) =
    [ for c in 0 .. shape.Branching - 1 -> c, Site.Symbol(z.Level - 1, z.Node * shape.Branching + c) ]

/// Pairs of a tuple and a node with children below which the tuple does not stand.
let private descents (laws: PopulationLaws<'t>) probes =
    seq {
        for t in probes.Tuples do
            for z in probes.Symbols do
                if z.Level > 0 && not (contains laws.Grammar.Shape z t) then t, z
    }

let private sum (_: PopulationLaws<'t>) (values: 't list) = List.reduce (+.) values

let private one (laws: PopulationLaws<'t>) =
    laws.RuleProbabilities[0] /. laws.RuleProbabilities[0]

let private squareSize laws chiSquare =
    chiSquare +. one laws +. one laws +. one laws +. one laws

let private tupleProbability (laws: PopulationLaws<'t>) (_: PopulationLaws<'t>) probes =
    let m = laws.Grammar.Shape.Multiplicity

    seq {
        for t in probes.Tuples do
            let law, parent = laws.Law t, laws.Law t.Parent
            for r in 0 .. law.Length - 1 -> equal (List.replicate m law[r] |> sum laws) parent[r / m]
    }

let private synonymicInvariance (laws: PopulationLaws<'t>) (_: PopulationLaws<'t>) probes =
    let shape = laws.Grammar.Shape
    let m = shape.Multiplicity

    seq {
        for t in probes.Tuples do
            for z in probes.Symbols do
                if z = t.Parent || not (contains shape t z) then
                    let joint = laws.Joint(t, z)
                    for r in 0 .. joint.Rows - 1 do
                        for x in 0 .. joint.Columns - 1 -> equal joint[r, x] joint[r / m * m, x]
    }

let private marginals (laws: PopulationLaws<'t>) (other: PopulationLaws<'t>) probes =
    seq {
        for t in probes.Tuples do
            for z in probes.Symbols do
                let joint = laws.Joint(t, z)
                yield! Seq.map2 equal (joint.RowLaw()) (other.Law t)
                yield! Seq.map2 equal (joint.ColumnLaw()) (other.Law z)
    }


let private unambiguity (laws: PopulationLaws<'t>) (_: PopulationLaws<'t>) probes =
    let shape = laws.Grammar.Shape

    seq {
        if probes.AllStrings then
            let count n = List.replicate n (one laws) |> sum laws

            for root, strings in probes.Strings |> List.groupBy snd do
                equal (count (List.distinct strings).Length) (count (int shape.StringsPerClass))

            let strings = probes.Strings |> List.map fst
            equal (count strings.Length) (count (List.distinct strings).Length)

        for tokens, root in probes.Strings do
            // Reading from the leaves up, every tuple has one parent and the last is the root of the derivation.
            let rec parse level (symbols: int[]) =
                if level = shape.Depth || Array.contains -1 symbols then
                    symbols
                else
                    symbols
                    |> Array.chunkBySize shape.Branching
                    |> Array.map (fun tuple -> laws.Grammar.FindParent(level, System.ReadOnlySpan(Array.map uint16 tuple)))
                    |> parse (level + 1)

            let zero = one laws -. one laws
            Equal((if parse 0 tokens = [| root |] then one laws else zero), one laws, one laws)
    }

let private entropy (laws: PopulationLaws<'t>) (_: PopulationLaws<'t>) probes =
    let shape = laws.Grammar.Shape

    seq {
        for tokens, root in probes.Strings do
            let law = StringLaw<'t>(laws, tokens)
            let each = List.replicate shape.Multiplicity (one laws) |> sum laws
            let innerNodes = (shape.TokenCount - 1) / (shape.Branching - 1)
            let derivations = List.replicate innerNodes each |> List.fold ( *. ) (List.replicate shape.Classes (one laws) |> sum laws)
            // Every string is equally likely, so H = log(number of strings); its root is certain, so H(root|tokens) = 0.
            yield equal (law.Probability *. derivations) (one laws)
            yield equal (law.Posterior(shape.Depth, 0)[root]) (one laws)

        for t in probes.Tuples do
            let joint = laws.Joint(t.Parent, t)
            // H(T|parent) = log m: m equally likely rules.
            for a in 0 .. joint.Rows - 1 do
                match joint.Conditional a with
                | null -> ()
                | law ->
                    for k in 0 .. shape.Multiplicity - 1 ->
                        equal (List.replicate shape.Multiplicity law[a * shape.Multiplicity + k] |> sum laws) (one laws)
    }

let private independentGivenParent (laws: PopulationLaws<'t>) (_: PopulationLaws<'t>) probes =
    let shape = laws.Grammar.Shape

    seq {
        for t in probes.Tuples do
            let tuple, parent = laws.Law t, laws.Law t.Parent

            for z in probes.Symbols do
                if not (contains shape t z) then
                    let joint, above = laws.Joint(t, z), laws.Joint(t.Parent, z)

                    for r in 0 .. joint.Rows - 1 do
                        let a = r / shape.Multiplicity
                        for x in 0 .. joint.Columns - 1 -> equal (joint[r, x] *. parent[a]) (above[a, x] *. tuple[r])
    }

let private descent (laws: PopulationLaws<'t>) (other: PopulationLaws<'t>) probes =
    seq {
        for t, z in descents laws probes do
            let joint = laws.Joint(t, z)
            let above = joint.Correlation()

            for c, child in children laws.Grammar.Shape z do
                let transition = other.Transition(z.Level - 1, c)
                let below = laws.Joint(t, child)
                let correlation = below.Correlation()

                for r in 0 .. below.Rows - 1 do
                    for x in 0 .. below.Columns - 1 do
                        let carried = [ for a in 0 .. joint.Columns - 1 -> above[r, a] *. transition[a, x] ] |> sum laws
                        let size = [ for a in 0 .. joint.Columns - 1 -> joint[r, a] *. transition[a, x] ] |> sum laws
                        Equal(correlation[r, x], carried, size +. below[r, x] +. below.RowLaw()[r])
    }

let private informs (laws: PopulationLaws<'t>) (first: JointLaw<'t>) (second: JointLaw<'t>) =
    let x, y = first.ChiSquare(), second.ChiSquare()

    [ InformsAtLeast(first, second)
      AtLeast(x, y, squareSize laws (x +. y))
      AtLeast(first.TotalVariation(), second.TotalVariation(), one laws) ]

let private dataProcessing (laws: PopulationLaws<'t>) (other: PopulationLaws<'t>) probes =
    let shape = laws.Grammar.Shape

    seq {
        for t, z in descents laws probes do
            let above = other.Joint(t, z)
            for _, child in children shape z do
                yield! informs laws above (laws.Joint(t, child))

        for t in probes.Tuples do
            for level in t.Level + 1 .. shape.Depth - 1 do
                let ancestor rise = Site.Symbol(level + rise, t.Node / pown shape.Branching (level + rise - t.Level - 1))
                yield! informs laws (other.Joint(t, ancestor 0)) (laws.Joint(t, ancestor 1))
    }

let private wholeTuple (laws: PopulationLaws<'t>) (_: PopulationLaws<'t>) probes =
    let shape = laws.Grammar.Shape

    seq {
        for t in probes.Tuples do
            for u in probes.Tuples do
                if not (contains shape t u) && not (contains shape u t) then
                    let tuple, parent = laws.Joint(t, u), laws.Joint(t, u.Parent)
                    let x, y = tuple.ChiSquare(), parent.ChiSquare()
                    InformsEqually(tuple, parent)
                    Equal(x, y, squareSize laws (x +. y))
    }

let private rootInformation (laws: PopulationLaws<'t>) (_: PopulationLaws<'t>) probes =
    let shape = laws.Grammar.Shape
    let root = Site.Symbol(shape.Depth, 0)
    let top, itself = laws.Joint(Site.Tuple(shape.Depth - 1, 0), root), laws.Joint(root, root)
    let x = top.ChiSquare()

    [ InformsEqually(top, itself)
      Equal(x +. one laws, List.replicate shape.Classes (one laws) |> sum laws, squareSize laws x) ]
    |> List.toSeq

let private sameStrings (laws: PopulationLaws<'t>) (other: PopulationLaws<'t>) probes =
    seq {
        for tokens, _ in probes.Strings do
            let p = StringLaw<'t>(laws, tokens).Probability

            let q =
                try
                    StringLaw<'t>(other, tokens).Probability
                with :? System.ArgumentException ->
                    p -. p

            equal p q
    }

let private levelReduction (laws: PopulationLaws<'t>) (reduced: PopulationLaws<'t>) probes =
    let lower (site: Site) = if site.IsTuple then Site.Tuple(site.Level - 1, site.Node) else Site.Symbol(site.Level - 1, site.Node)

    seq {
        for t in probes.Tuples do
            for z in probes.Symbols do
                if t.Level > 0 && z.Level > 0 then
                    let whole, upper = laws.Joint(t, z), reduced.Joint(lower t, lower z)
                    for r in 0 .. whole.Rows - 1 do
                        for x in 0 .. whole.Columns - 1 -> equal whole[r, x] upper[r, x]
    }

let private priors (laws: PopulationLaws<'t>) (other: PopulationLaws<'t>) probes =
    let shape = laws.Grammar.Shape

    seq {
        for z in probes.Symbols do
            if z.Level > 0 then
                let above = laws.Law z

                for c, child in children shape z do
                    let transition = other.Transition(z.Level - 1, c)
                    for p in transition.RowLaw() -> equal p (one laws)
                    let below = laws.Law child
                    for x in 0 .. below.Length - 1 ->
                        equal below[x] (sum laws [ for a in 0 .. above.Length - 1 -> above[a] *. transition[a, x] ])

        if shape.LegalFraction = 1.0 then
            for z in probes.Symbols do
                let law = laws.Law z
                for p in law -> equal p law[0]

            for a in probes.Symbols do
                for b in probes.Symbols do
                    if a.Level = 0 && b.Level = 0 && a <> b then
                        let joint = laws.Joint(a, b)
                        for x in 0 .. joint.Rows - 1 do
                            for y in 0 .. joint.Columns - 1 -> equal joint[x, y] joint[0, 0]
    }

let private contraction (laws: PopulationLaws<'t>) (other: PopulationLaws<'t>) probes =
    seq {
        for t, z in descents laws probes do
            let latent = other.ContextVectors(t.Parent, System.ReadOnlySpan [| z |])

            for _, child in children laws.Grammar.Shape z do
                let token = laws.ContextVectors(t.Parent, System.ReadOnlySpan [| child |])

                for a, b, _ in token.Separations() do
                    if not (isNull latent.Vectors[a]) && not (isNull latent.Vectors[b]) then
                        AtLeast(latent.TotalVariation(a, b), token.TotalVariation(a, b), one laws)
    }

/// An identity with the grammar on its other side and with its planted error.
type Identity =
    {
        Number: int
        /// The grammar on the other side of the identity.
        Partner: Grammar -> Grammar
        /// The grammar and its partner with the error planted; None where this grammar has no room for it.
        Planted: Grammar -> (Grammar * Grammar) option
    }

let private both mutate grammar = Some(mutate grammar, mutate grammar)

let private partner mutate grammar = Some(grammar, mutate grammar)

let private whenever condition plant (grammar: Grammar) = if condition grammar.Shape then plant grammar else None

let private severalRules (shape: GrammarShape) = shape.Multiplicity > 1

let private severalLevels (shape: GrammarShape) = shape.Depth > 1

let private identity number planted =
    { Number = number
      Partner = id
      Planted = planted }

let private sharedTopTuple (grammar: Grammar) =
    PlantedErrors.sharedTuple (grammar.Shape.Depth - 1) grammar

let private ofReshuffledTop (grammar: Grammar) =
    PlantedErrors.reshuffled (grammar.Shape.Depth - 1) grammar

let private ofUpperLevels (grammar: Grammar) =
    if severalLevels grammar.Shape then grammar.WithoutLowest 1 else grammar

/// Identities 1 to 14.
let all =
    [ identity 1 (whenever severalRules (both PlantedErrors.weighted))
      identity 2 (both (PlantedErrors.sharedTuple 0))
      identity 3 (whenever severalLevels (partner PlantedErrors.shiftedLevels))
      identity 4 (both (PlantedErrors.sharedTuple 0))
      identity 5 (whenever severalRules (both PlantedErrors.duplicateRule))
      identity 6 (both (PlantedErrors.sharedTuple 0))
      identity 7 (partner PlantedErrors.reversed)
      identity 8 (whenever severalLevels (partner PlantedErrors.shiftedLevels))
      identity 9 (both (PlantedErrors.sharedTuple 0))
      identity 10 (both sharedTopTuple)
      { identity 11 (whenever severalLevels (partner (PlantedErrors.reshuffled 0))) with
          Partner = ofReshuffledTop }
      { identity 12 (whenever severalLevels (partner PlantedErrors.withoutTop)) with
          Partner = ofUpperLevels }
      identity 13 (partner PlantedErrors.reversed)
      identity 14 (whenever severalLevels (partner PlantedErrors.shiftedLevels)) ]

/// All elementary statements of an identity about a grammar.
let relations identity (laws: PopulationLaws<'t>) (other: PopulationLaws<'t>) probes =
    let check =
        match identity.Number with
        | 1 -> tupleProbability
        | 2 -> synonymicInvariance
        | 3 -> marginals
        | 4 -> unambiguity
        | 5 -> entropy
        | 6 -> independentGivenParent
        | 7 -> descent
        | 8 -> dataProcessing
        | 9 -> wholeTuple
        | 10 -> rootInformation
        | 11 -> sameStrings
        | 12 -> levelReduction
        | 13 -> priors
        | 14 -> contraction
        | number -> invalidArg (nameof identity) $"no identity {number}"

    check laws other probes

/// Decides a relation between fractions, without error.
let holdsExactly relation =
    match relation with
    | Equal(left: Rational, right, _) -> left = right
    | AtLeast(left, right, _) -> Rational.op_GreaterThanOrEqual (left, right)
    | InformsAtLeast(first, second) -> Information.CompareInformation(first, second) >= 0
    | InformsEqually(first, second) -> Information.CompareInformation(first, second) = 0

/// Decides a relation between doubles. A probability is a sum of products of positive numbers through at most 3L levels of at most
/// v m + v terms, so its relative error is at most n 2^-53 with n = (3L+2)(v m + v + 4); differences, squares and logarithms of
/// probabilities lose at most a factor 8 (2 |c| (p + ab)/(ab) of a chi-square term, 1 + |log p| of an information term).
let holdsInDouble (shape: GrammarShape) relation =
    let v, m = float shape.Vocabulary, float shape.Multiplicity
    let epsilon = 8.0 * float (3 * shape.Depth + 2) * (v * m + v + 4.0) * 2.0 ** -53.0

    let informationError (first: JointLaw<float>) (second: JointLaw<float>) =
        epsilon * (2.0 + log (float first.Rows * float first.Columns) + log (float second.Rows * float second.Columns))

    match relation with
    | Equal(left, right, size) -> abs (left - right) <= epsilon * size
    | AtLeast(left, right, size) -> left >= right - epsilon * size
    | InformsAtLeast(first, second) -> first.MutualInformation() >= second.MutualInformation() - informationError first second
    | InformsEqually(first, second) -> abs (first.MutualInformation() - second.MutualInformation()) <= informationError first second

/// All tuples and all symbols of the tree.
let allSites (shape: GrammarShape) =
    [ for level in 0 .. shape.Depth - 1 do
          for parent in 0 .. shape.NodeCount(level + 1) - 1 -> Site.Tuple(level, parent) ],
    [ for level in 0 .. shape.Depth do
          for node in 0 .. shape.NodeCount level - 1 -> Site.Symbol(level, node) ]

/// Whether one of two variables stands above or inside the other.
let related shape (a: Site) (b: Site) = contains shape a b || contains shape b a

/// Everything about a small grammar: all nodes, and all strings.
let everything (grammar: Grammar) =
    let shape = grammar.Shape
    let tuples, symbols = allSites shape

    { Tuples = tuples
      Symbols = symbols
      Strings = [ for d in Derivations.all grammar -> d[0], d[shape.Depth][0] ]
      AllStrings = true }

/// The first relation of an identity that a grammar violates.
let violation identity (grammar: Grammar) (partner: Grammar) =
    relations identity (PopulationLaws.Exact grammar) (PopulationLaws.Exact partner) (everything grammar)
    |> Seq.tryFind (holdsExactly >> not)

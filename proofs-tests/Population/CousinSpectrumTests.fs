module Rhm.ProofsTests.Population.CousinSpectrumTests

open System
open Expecto
open MathNet.Numerics.LinearAlgebra
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Population

/// The normalised law of two parents or two tuples, over all nodes of a level, one after the other: from the exact laws of every node.
let private pooled (grammar: Grammar) level i j site =
    let laws = PopulationLaws.Of grammar
    let s = grammar.Shape.Branching
    let nodes = pown s (grammar.Shape.Depth - level - 2)
    let joints = [ for node in 0 .. nodes - 1 -> laws.Joint(site (node * s + i), site (node * s + j)) ]
    let average a b = List.averageBy (fun (x: JointLaw<float>) -> x[a, b]) joints
    let joint = Matrix<float>.Build.Dense(joints[0].Rows, joints[0].Columns, average)
    let rows, columns = joint.RowSums(), joint.ColumnSums()

    joint.MapIndexed(fun a b p ->
        let independent = rows[a] * columns[b]
        if independent > 0.0 then (p - independent) / sqrt independent else 0.0)

let private ordered s = [ for i in 0 .. s - 1 do for j in 0 .. s - 1 do if i <> j then i, j ]

let private stack (matrices: Matrix<float> list) = matrices |> List.reduce (fun a b -> a.Append b)

let private grammars =
    [ for shape, exponent in
          [ GrammarShape(2, 2, 4, 3), 0.0; GrammarShape(3, 3, 5, 4), 0.0; GrammarShape(4, 2, 6, 3), 0.0; GrammarShape(3, 2, 5, 4), 1.0 ] ->
          Grammar.Draw(shape, 17UL, exponent) ]

[<Tests>]
let spectrum =
    testList "Population / CousinSpectrum" [
        testCase "singular values and score are those of the pooled laws of parents, and of tuples" <| fun () ->
            for grammar in grammars do
                let s, v = grammar.Shape.Branching, grammar.Shape.Vocabulary

                for level in 0 .. grammar.Shape.Depth - 2 do
                    let spectrum = CousinSpectrum.Of(grammar, level)
                    let parents = [ for i, j in ordered s -> pooled grammar level i j (fun node -> Site.Symbol(level + 1, node)) ]
                    let tuples = [ for i, j in ordered s -> pooled grammar level i j (fun node -> Site.Tuple(level, node)) ]

                    for name, matrices in [ "parents", parents; "tuples", tuples ] do
                        let values = (stack matrices).Svd().S

                        for a in 0 .. v - 2 do
                            let place = $"{grammar.Shape} level {level}, {name}: singular value {a}"
                            Expect.floatClose Accuracy.medium spectrum.SingularValues[a] values[a] place

                        let squares = matrices |> List.sumBy (fun k -> k.FrobeniusNorm() ** 2.0)
                        Expect.floatClose Accuracy.high spectrum.VampScore squares $"{name}: score"

                    let squares = Seq.sumBy (fun x -> x * x) spectrum.SingularValues
                    Expect.floatClose Accuracy.high spectrum.VampScore squares "the score is the sum of squares"

        testCase "the gain is the spectral radius of the sum of Kronecker squares" <| fun () ->
            for grammar in grammars do
                let s = grammar.Shape.Branching
                let spectrum = CousinSpectrum.Of(grammar, 0)
                let squared (i, j) =
                    let k = pooled grammar 0 i j (fun node -> Site.Symbol(1, node))
                    k.KroneckerProduct k

                let map = ordered s |> List.map squared |> List.reduce (+)
                let radius = map.Evd().EigenValues |> Seq.map (fun x -> x.Magnitude) |> Seq.max
                Expect.floatClose Accuracy.medium spectrum.Gain radius "radius"
                let tuples = float (grammar.Shape.Vocabulary * grammar.Shape.Multiplicity)
                Expect.floatClose Accuracy.medium spectrum.KestenStigumThreshold (tuples / radius) "threshold"
                let first = tuples * sqrt (float (s * (s - 1))) / spectrum.SingularValues[0] ** 2.0
                Expect.floatClose Accuracy.high (spectrum.SpectralThreshold 0) first "strongest direction"
                Expect.isGreaterThan (spectrum.SpectralThreshold(grammar.Shape.Vocabulary - 2)) first "the weakest rises last"

        testCase "no encoder of tuples has a larger VAMP-2 score, and the parents' indicators reach it" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(2, 3, 4, 8), 3UL)
            let spectrum = CousinSpectrum.Of(grammar, 0)
            let laws = PopulationLaws.Of grammar
            let random = Rhm.Randomness.RandomStream(5UL, Rhm.Randomness.RandomPurpose.Experiment)

            // |Cov(z_i)^(-1/2) Cov(z_i, z_j) Cov(z_j)^(-1/2)|^2 = tr(Cov_i^-1 C Cov_j^-1 C^T).
            let score (z: Matrix<float>) =
                ordered 3
                |> List.sumBy (fun (i, j) ->
                    let joint = laws.Joint(Site.Tuple(0, i), Site.Tuple(0, j))
                    let p = Matrix<float>.Build.Dense(joint.Rows, joint.Columns, fun a b -> joint[a, b])
                    let covariance (weights: Vector<float>) =
                        let mean = z.TransposeThisAndMultiply weights
                        z.TransposeThisAndMultiply(Matrix<float>.Build.DiagonalOfDiagonalVector weights * z) - mean.OuterProduct mean

                    let rows, columns = p.RowSums(), p.ColumnSums()
                    let first, second = z.TransposeThisAndMultiply rows, z.TransposeThisAndMultiply columns
                    let cross = z.TransposeThisAndMultiply(p * z) - first.OuterProduct second
                    ((covariance rows).Inverse() * cross * (covariance columns).Inverse() * cross.Transpose()).Trace())

            let tuples = int (grammar.Shape.RuleCount 0)
            let indicators = Matrix<float>.Build.Dense(tuples, 3, fun t a -> if t / grammar.Shape.Multiplicity = a then 1.0 else 0.0)
            Expect.floatClose Accuracy.medium (score indicators) spectrum.VampScore "reached"
            let basis = Matrix<float>.Build.Dense(3, 3, fun i j -> float ((i + 1) * (j + 2) % 5) + (if i = j then 3.0 else 0.0))
            Expect.floatClose Accuracy.medium (score (indicators * basis)) spectrum.VampScore "by any basis"

            for _ in 1..30 do
                let z = Matrix<float>.Build.Dense(tuples, 3, fun _ _ -> random.NextGaussian())
                Expect.isLessThan (score z) spectrum.VampScore "an encoder that tells synonyms apart"
                // The first tuple of every parent is given to another one.
                let m = grammar.Shape.Multiplicity
                let parent t = (if t % m = 0 then (t + tuples - 1) % tuples else t) / m
                let mixed = Matrix<float>.Build.Dense(tuples, 3, fun t a -> if parent t = a then 1.0 else 0.0)
                Expect.isLessThan (score mixed) (spectrum.VampScore * 0.95) "a tuple under a wrong parent"

        testCase "losses follow from the score" <| fun () ->
            let spectrum = CousinSpectrum.Of(grammars[1], 0)
            Expect.equal spectrum.SpectralContrastiveLoss (-spectrum.VampScore) "contrastive"
            Expect.floatClose Accuracy.high (spectrum.PredictionLoss 4) (6.0 * 4.0 - spectrum.VampScore) "prediction"
            Expect.isGreaterThan (spectrum.PredictionLoss 4) 0.0 "positive"
            let says (words: string) (e: exn) = Expect.stringContains e.Message words "refused"
            Expect.throwsC (fun () -> spectrum.PredictionLoss 3 |> ignore) (says "dimension 3 is below v-1 = 4")
            Expect.throwsC (fun () -> CousinSpectrum.Of(grammars[0], 1) |> ignore) (says "level 1 is outside 0..0")

        testCase "at f = 1 there is nothing" <| fun () ->
            let spectrum = CousinSpectrum.Of(Grammar.Draw(GrammarShape(3, 2, 4, 4), 1UL), 0)
            Expect.isLessThan spectrum.VampScore 1e-20 "score"
            Expect.isGreaterThan spectrum.KestenStigumThreshold 1e15 "never"

        testCase "averages over grammars are those of the formulas, and not of the nearest other target" <| fun () ->
            for shape in [ GrammarShape(4, 3, 8, 8); GrammarShape(3, 2, 16, 6) ] do
                let laws, grammars = AnnealedLaws shape, [ for seed in 1UL .. 60UL -> Grammar.Draw(shape, seed) ]

                for level in 0 .. shape.Depth - 2 do
                    let exact = grammars |> List.map (fun grammar -> PopulationLaws.Of grammar)
                    let mean value = exact |> List.averageBy value
                    let squared = mean (fun laws -> laws.Joint(Site.Tuple(level, 0), Site.Symbol(level + 1, 1)).SquaredCorrelation())
                    let separation =
                        mean (fun laws ->
                            let target = ReadOnlySpan [| Site.Symbol(level + 1, 1) |]
                            let struct (_, m) = laws.ContextVectors(Site.Symbol(level + 1, 0), target).Separation()
                            m)

                    // Five standard errors of the mean over 60 grammars are below 6% here, and formulas D and C within 5% and 2%.
                    let correlation = laws.SquaredCorrelation(Target.OwnLatent, level)
                    let distance = laws.Separation(Target.OwnLatent, level)
                    Expect.isLessThan (abs (squared / correlation - 1.0)) 0.12 $"{shape} {level}: squared correlation"
                    Expect.isLessThan (abs (separation / distance - 1.0)) 0.08 $"{shape} {level}: separation"
                    Expect.isGreaterThan (separation / laws.Separation(Target.Latent, level)) 4.0 "an element is a factor kappa below"

                let score grammar = CousinSpectrum.Of(grammar, shape.Depth - 2).VampScore / float (shape.Vocabulary - 1)
                let gain = grammars |> List.averageBy score
                let pairs = float (shape.Branching * (shape.Branching - 1))
                let predicted = pairs * laws.SiblingSingularValueSquared shape.Depth
                Expect.isLessThan (abs (gain / predicted - 1.0)) 0.12 "mean square of singular values"

        testCase "strings are predicted as v m^2/(2(1-f)), a factor m below elements; other learners refuse the target" <| fun () ->
            for m in [ 64; 128 ] do
                let shape = GrammarShape(5, 3, 32, m)
                let laws = AnnealedLaws shape
                let leading = float (shape.Vocabulary * m * m) / (2.0 * (1.0 - shape.LegalFraction))

                for level in 0..3 do
                    Expect.isLessThan (abs (laws.Resolution(Target.OwnLatent, level) / leading - 1.0)) 0.1 $"m = {m}, level {level}"
                    let leading = 2.0 * (1.0 - shape.LegalFraction) / float m
                    Expect.floatClose Accuracy.high (laws.LeadingSeparation(Target.OwnLatent, level)) leading "separation"

            for options in [ IlcOptions(Target = Target.OwnLatent) ] do
                Expect.throwsC (fun () -> options.Validate()) (fun e -> Expect.stringContains e.Message "use own-latents" "refused")
            let validate () = SingleLevelOptions(Target = Target.OwnLatent).Validate(GrammarShape(3, 2, 8, 3))
            Expect.throwsC validate (fun e -> Expect.stringContains e.Message "use own-latents" "refused")


        testCase "with weighted rules and other classes than symbols the score is the chi-square of the siblings' law" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(2, 3, 6, 4, 4), 5UL, 1.0)
            let laws, spectrum = PopulationLaws.Of grammar, CousinSpectrum.Of(grammar, 0)

            let pairs =
                [ for i in 0..2 do
                      for j in 0..2 do
                          if i <> j then
                              laws.Joint(Site.Symbol(1, i), Site.Symbol(1, j)).ChiSquare() ]

            Expect.floatClose Accuracy.high spectrum.VampScore (List.sum pairs) "score"
            Expect.floatClose Accuracy.high (spectrum.PredictionLoss 7) (6.0 * 7.0 - List.sum pairs) "loss of a prediction in 7 dimensions"
    ]

module Rhm.ProofsTests.Experiments.SettingThresholdsTests

open System
open System.Collections.Generic
open System.IO
open System.Threading
open Expecto
open Rhm.Claims
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Levelwise
open Rhm.Population
open Rhm.Sweeps
open Rhm.Thresholds
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals

let private cells (setting: SettingThresholds) = [ for cell in setting.Sweep().SeriesCells() -> cell :?> ThresholdCell ]

/// What is measured until so many cells are done, and the folder's points once all are.
let private measure folder (setting: SettingThresholds) =
    let folder = ExperimentFolder(folder, setting.Command)
    use run = folder.Open(setting.Sweep(), 2)
    run.Execute CancellationToken.None
    run.Plan.Done, setting.Write(folder, run)

let private small = SettingThresholds(GrammarShape(2, 2, 8, 3, 5), Zipf = 0.5, Grammars = 3, Seed = 4UL)

[<Tests>]
let tests =
    testList "Experiments / SettingThresholds" [
        testCase "the neighbours differ in m or in L alone, and exist" <| fun () ->
            let shown (shape: GrammarShape | null) =
                match shape with
                | null -> "none"
                | shape -> $"{shape}"

            for (L, s, v, m, classes), otherM, otherL in
                [ (3, 3, 8, 8, 8), "L=3 s=3 v=8 m=4", "L=4 s=3 v=8 m=8"
                  (5, 3, 8, 6, 5), "L=5 s=3 v=8 m=12 n_c=5", "L=4 s=3 v=8 m=6 n_c=5"
                  (4, 2, 8, 4, 8), "L=4 s=2 v=8 m=2", "L=3 s=2 v=8 m=4"
                  (4, 2, 8, 3, 20), "none", "L=3 s=2 v=8 m=3 n_c=20"
                  (2, 2, 8, 3, 8), "L=2 s=2 v=8 m=6", "none"
                  (3, 2, 4, 3, 4), "none", "L=4 s=2 v=4 m=3" ] do
                let setting = SettingThresholds(GrammarShape(L, s, v, m, classes))
                Expect.equal (shown setting.OtherMultiplicity, shown setting.OtherDepth) (otherM, otherL) $"{setting.Shape}"

        testCase "every option reaches every cell, and each learner its own target" <| fun () ->
            let shape = GrammarShape(3, 3, 12, 4, 7)
            let shown (shape: GrammarShape) = $"L={shape.Depth} m={shape.Multiplicity} n_c={shape.Classes}"
            let all = cells (SettingThresholds(shape, Zipf = 0.5, Grammars = 3, Seed = 4UL, Most = (1L <<< 40)))
            Expect.hasLength all (6 * 3 * 3) "learners, settings, grammars"
            Expect.allEqual [ for cell in all -> cell.Zipf, cell.Seed, cell.Most, cell.Shape.Classes ] (0.5, 4L, 1L <<< 40, 7) "options"
            let shapes = [ for cell in all do if cell.Series = "latents" then shown cell.Shape ]
            Expect.equal (List.countBy id shapes) [ for m, L in [ 4, 3; 8, 3; 4, 4 ] -> $"L={L} m={m} n_c=7", 3 ] "settings"

            let options series = (all |> List.find (fun cell -> cell.Series = series)).Settings.Options

            for series, target in [ "latents", Target.Latent; "tokens", Target.Token; "labels", Target.Root ] do
                Expect.equal (options series) (ControlledLearner(target, CousinTargets.Element)).Options series

            Expect.equal (options "all cousins") (IlcOptions()) "the default learner"
            Expect.equal (options "own latents") (OwnLatentOptions()) "own latents"
            let learners = Map.ofList [ for cell in all -> cell.Series, cell.Worker ]
            Expect.equal (learners["own latents"], learners["spectral"], learners["labels"]) ("own-latents", "spectral", "ilc") "learners"

            for cell in all do
                let learner = ComparedLearner.All |> Seq.find (fun one -> one.Name = cell.Series)
                let expected = learner.Start * learner.LeadingOrder(AnnealedLaws(cell.Shape, Zipf = 0.5))
                Expect.floatClose Accuracy.high cell.Start expected "the search starts near the prediction"

        testCase "P* are those of a measurement, beside the theory of the setting" <| fun () ->
            inFolder (fun folder ->
                let _, points = measure folder small
                // No tokens at L=2, and one neighbour.
                Expect.hasLength points (5 * 2) "five learners, two settings"

                for point in points do
                    let options = point.Learner.Learner.Options point.Learner.Parameters
                    let laws = AnnealedLaws(point.Shape, Zipf = 0.5)
                    let start = point.Learner.Start * point.Learner.LeadingOrder laws
                    let learner, shape = point.Learner.Learner, point.Shape
                    let measurement = ThresholdMeasurement(learner, options, shape, Grammars = 3, Seed = 4UL, Zipf = 0.5, Start = start)
                    let expected = Seq.head (Seq.head (ThresholdMeasurement.Measure([| measurement |], 2)))
                    Expect.equal (List.ofSeq point.P.Crossings) (List.ofSeq expected.Crossings) $"{point.Learner.Name}, {point.Shape}"
                    let theory = point.Learner.LeadingOrder laws, point.Learner.Annealed laws
                    Expect.equal (point.LeadingOrder, point.Annealed) theory "theory"

                let lines = File.ReadAllLines(Path.Combine(folder, "thresholds.csv"))
                Expect.equal lines[0] "# rhm check -L 2 -s 2 -v 8 -m 3 --classes 5 --zipf 0.5 --seed 4 --grammars 3" "command"
                let values = Map.ofSeq (Seq.zip (lines[1].Split ',') (lines[2].Split ','))
                Expect.equal (values["learner"], values["classes"], values["zipf"], values["grammars"]) ("latents", "5", "0.5", "3") "row"
                let near name expected = Expect.floatClose Accuracy.low (float values[name]) expected name
                near "P*" points[0].P.Value
                near "P*/leading_order" (points[0].P.Value / points[0].LeadingOrder)
                near "P*/annealed" (points[0].P.Value / points[0].Annealed)
                Expect.isTrue (File.Exists(Path.Combine(folder, "figure.svg"))) "a figure")

        testCase "interrupted, it goes on where it stopped, and ends as if it had not been" <| fun () ->
            inFolder (fun folder ->
                let part, whole = Path.Combine(folder, "part"), Path.Combine(folder, "whole")
                let begun =
                    use stop = new CancellationTokenSource()
                    let target = ExperimentFolder(part, small.Command)
                    use run = target.Open(small.Sweep(), 1)
                    use _ = new Timer((fun _ -> if run.Progress.Now().Done > 0 then stop.Cancel()), null, 0, 1)
                    Expect.throwsT<OperationCanceledException> (fun () -> run.Execute stop.Token) "interrupted"
                    run.Progress.Now().Done

                Expect.isLessThan begun 30 "some are left"
                let before, points = measure part small
                Expect.isGreaterThanOrEqual before begun "what was measured is not repeated"
                measure whole small |> ignore
                let table name = File.ReadAllText(Path.Combine(name, "thresholds.csv"))
                Expect.equal (table part) (table whole) "the same table"
                // More grammars in the same folder: those that are known stay.
                let more = SettingThresholds(small.Shape, Zipf = 0.5, Grammars = 4, Seed = 4UL)
                let known, morePoints = measure part more
                Expect.equal known 30 "all of the first three grammars"
                for before, after in Seq.zip points morePoints do
                    Expect.equal (List.ofSeq (Seq.take 3 after.P.Crossings)) (List.ofSeq before.P.Crossings) "the same grammars")

        testCase "what cannot be measured is said, or refused" <| fun () ->
            let leftOut (setting: SettingThresholds) = String.concat "\n" setting.LeftOut
            let full = SettingThresholds(GrammarShape(3, 2, 4, 4))
            Expect.equal (List.distinct [ for cell in cells full -> cell.Series ]) [ "labels" ] "f = 1: labels alone"
            Expect.stringContains (leftOut full) "nothing can be learned from latents" "f = 1"
            let weighted = SettingThresholds(GrammarShape(3, 2, 4, 4), Zipf = 1.0)
            Expect.contains [ for cell in cells weighted -> cell.Series ] "latents" "weighted rules tell even where all tuples are legal"
            Expect.stringContains (leftOut (SettingThresholds(GrammarShape(2, 3, 8, 8)))) "elements of cousin tuples are tokens" "L = 2"
            let few = SettingThresholds(GrammarShape(4, 3, 8, 8), Most = 20000L)
            Expect.stringContains (leftOut few) "tokens, L=4 s=3 v=8 m=8: about 3E+05 strings are needed, of which --most 20000" "too many"
            Expect.isEmpty [ for cell in cells few do if cell.Series = "tokens" && cell.Shape.Depth = 4 then cell ] "left out"
            let single = SettingThresholds(GrammarShape(3, 3, 8, 8, 1))
            Expect.isFalse (List.contains "labels" [ for cell in cells single -> cell.Series ]) "one class tells nothing"
            let refused fragment (setting: SettingThresholds) = refuses fragment (fun () -> setting.Sweep() |> ignore)
            refused "m = 1" (SettingThresholds(GrammarShape(3, 2, 8, 1)))
            refused "depth L = 1" (SettingThresholds(GrammarShape(1, 2, 8, 2)))
            refused "number of grammars 1" (SettingThresholds(GrammarShape(3, 2, 8, 2), Grammars = 1))
            refused "at most 2^53" (SettingThresholds(GrammarShape(3, 2, 8, 2), Seed = (1UL <<< 53) + 1UL))
            refused "--most 10 allows half" (SettingThresholds(GrammarShape(3, 2, 8, 2), Most = 10L))

        testCase "a token learner in the latents' place changes what is said of latents" <| fun () ->
            inFolder (fun folder ->
                let impostor =
                    ComparedLearner("latents", Target.Latent, ComparedLearner.Tokens.Learner, ComparedLearner.Tokens.Parameters, 4.0)
                let judged (learners: ComparedLearner list) =
                    let setting = SettingThresholds(GrammarShape(3, 3, 8, 4), Grammars = 6, Learners = ResizeArray learners)
                    let _, points = measure folder setting
                    // Judged as what it is said to be.
                    let role (learner: ComparedLearner) = if learner = impostor then ComparedLearner.Latents else learner
                    Map.ofList
                        [ for one in
                              SettingStatements.judge setting.Shape 0.0 [ for p in points -> struct (role p.Learner, p.Shape, p.P) ] ->
                              one.Name, one.Measurement.Verdict ]
                let truth = judged [ ComparedLearner.Latents; ComparedLearner.Tokens ]
                let planted = judged [ impostor; ComparedLearner.Tokens ]
                Expect.equal truth["tokens-over-latents"] Verdict.Established "tokens need more"
                Expect.equal planted["tokens-over-latents"] Verdict.Contradicted "than themselves they do not"
                Expect.equal planted["l-latents"] Verdict.Contradicted "tokens grow with the depth"
                Expect.isGreaterThan truth["l-latents"] Verdict.Contradicted "latents do not")
    ]

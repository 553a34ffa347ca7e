module Rhm.ProofsTests.Networks.JointEmbedding.JointEmbeddingTrainerTests

open System
open System.Collections.Generic
open System.IO
open System.Threading
open Expecto
open Rhm.Clustering
open Rhm.Grammars
open Rhm.Networks.JointEmbedding
open Rhm.Numerics
open Rhm.Randomness
open Rhm.Strings
open Rhm.ProofsTests
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals

let private golden = "joint-embedding-steps.json"

/// Losses of five steps of AdamW on PyTorch's problem, from its initial weights.
let private steps objective rate =
    let elements = Golden.read<int[][]> golden "elements"
    let counts = Golden.read<int[][][]> golden "counts"
    let tuples, symbols = elements.Length, 3
    let x = Array.zeroCreate<float32> (tuples * 3 * symbols)
    elements |> Array.iteri (fun a tuple -> tuple |> Array.iteri (fun i symbol -> x[(a * 3 + i) * symbols + symbol] <- 1f))
    let pairs =
        ResizeArray
            [ for table in counts do
                  let cells = [| for a in 0 .. tuples - 1 do for b in 0 .. tuples - 1 do if table[a][b] > 0 then a, b |]
                  let count = [| for a, b in cells -> float (table[a][b]) |]
                  CousinPairs.Of(SparseMatrix.FromEntries(tuples, tuples, Array.map fst cells, Array.map snd cells, count)) ]
    let options =
        JointEmbeddingOptions(
            Objective = objective,
            Width = 6,
            PredictionWeight = 3.0,
            SpreadWeight = 2.0,
            CovarianceWeight = 0.7,
            TeacherRate = 0.05
        )
    let network = JointEmbeddingNetwork<float32>(x.Length / tuples, 3, 3, options)
    let start = Golden.read<float32[]> golden "encoder"
    let predictors = if objective = JointEmbeddingObjective.Elements then "wide" else "predictors"
    Array.blit start 0 network.Encoder.Parameters 0 start.Length
    if network.TeacherParameters.Length > 0 then Array.blit start 0 network.TeacherParameters 0 start.Length
    let first = Golden.read<float32[]> golden predictors
    Array.blit first 0 network.Predictors 0 first.Length
    let training = LevelTraining network
    [ for step in 1L .. 5L do
          let loss = network.Gradient(x, pairs, step, training.Encoder, training.Predictors, 1)
          training.Step(AdamW(rate, 0.9, 0.999, 1e-8, 1e-2), step, 1)
          loss ]

/// The largest difference from PyTorch's losses, over their size.
let private distance (objective: JointEmbeddingObjective) rate =
    let expected = (Golden.read<Dictionary<string, float[]>> golden "losses")[string objective] |> List.ofArray
    let size = expected |> List.map abs |> List.max
    List.map2 (fun a b -> abs (a - b) / size) expected (steps objective rate) |> List.max

let private grammar = Grammar.Draw(GrammarShape(3, 3, 8, 8), 3UL)

let private trainer (options: JointEmbeddingOptions) =
    JointEmbeddingTrainer(StringSampler(grammar, 3UL, 2048L), 3, options)

let private labels (trained: JointEmbeddingTrainer) =
    [ for level in trained.Learned.Levels -> List.ofSeq level.Labels ]

/// Settings that differ in what a checkpoint holds, for a number of threads.
let private variants =
    let options batch objective gradients threads =
        JointEmbeddingOptions(
            Width = 16,
            Steps = 30L,
            Restarts = 2,
            Seed = 4UL,
            Batch = batch,
            Objective = objective,
            Gradients = gradients,
            Threads = threads
        )

    let local, vamp = JointEmbeddingGradients.Local, JointEmbeddingObjective.Vamp
    [ "local", options 0 vamp local
      "batches", options 64 vamp local
      "whitened teacher", options 0 JointEmbeddingObjective.WhitenedTeacher local
      "end to end", options 64 vamp JointEmbeddingGradients.EndToEnd ]

[<Tests>]
let jointEmbedding =
    testList "Networks / JointEmbedding / JointEmbeddingTrainer" [
        testList "five steps are those of PyTorch's autograd and AdamW" [
            for objective in Enum.GetValues<JointEmbeddingObjective>() do
                // The projections of SIGReg are drawn here; its gradient is checked by central differences.
                if objective <> JointEmbeddingObjective.SigReg then
                    testCase $"{objective}" <| fun () ->
                        // Single precision: 6e-8 of sums of some tens of terms, divided by covariances as small as a tenth.
                        Expect.isLessThan (distance objective 5e-3) 2e-5 "losses"
                        Expect.isGreaterThan (distance objective 5.1e-3) 2e-5 "another learning rate is seen"
        ]

        testList "interrupted and resumed, a training ends as if nothing had been" [
            for name, options in variants do
                testCase name <| fun () ->
                    inFile (fun path ->
                        let trainer () = trainer (options 1)
                        let whole, curve = trainer (), List<JointEmbeddingCurvePoint>()
                        JointEmbeddingRun.Train(whole, 10, onPoint = Action<_> curve.Add) |> ignore
                        for stop in [ 13L; 30L; 37L ] do
                            if stop < whole.Steps then
                                let first, seen = trainer (), List<JointEmbeddingCurvePoint>()
                                use source = new CancellationTokenSource()
                                let stopAt (share: float) = if share >= float stop / float whole.Steps - 1e-9 then source.Cancel()
                                let run () =
                                    JointEmbeddingRun.Train(
                                        first,
                                        10,
                                        path,
                                        Action<_> seen.Add,
                                        Action<float> stopAt,
                                        source.Token
                                    )
                                    |> ignore
                                Expect.throwsT<OperationCanceledException> run "interrupted"
                                let second = trainer ()
                                JointEmbeddingCheckpoint.Load(path, second)
                                Expect.equal second.Step stop "step"
                                JointEmbeddingRun.Train(second, 10, path, Action<_> seen.Add) |> ignore
                                Expect.equal (labels second) (labels whole) "labels"
                                Expect.equal second.Learned.Warnings.Count whole.Learned.Warnings.Count "warnings"
                                let points (curve: List<JointEmbeddingCurvePoint>) =
                                    [ for point in curve do
                                          for level in point.Levels -> point.Step, level.Level, level.Loss ]
                                Expect.equal (points seen) (points curve) "curve"
                                let finished = trainer ()
                                JointEmbeddingCheckpoint.Load(path, finished)
                                Expect.equal finished.Step whole.Steps "finished"
                                Expect.equal (labels finished) (labels whole) "labels of a finished training")
        ]

        testList "no result depends on the number of threads" [
            for name, options in variants do
                testCase name <| fun () ->
                    let result threads =
                        let trained = trainer (options threads)
                        trained.Run()
                        labels trained, [ for rank in trained.Ranks -> rank.EffectiveRank ]
                    Expect.equal (result 2) (result 1) "two threads"
                    Expect.equal (result 3) (result 1) "three threads"
        ]

        testCase "a checkpoint of other settings or strings is refused, and nothing is changed" <| fun () ->
            inFile (fun path ->
                let options rate = JointEmbeddingOptions(Width = 16, Steps = 30L, Seed = 4UL, LearningRate = rate)
                let saved = trainer (options 5e-3)
                for _ in 1..31 do
                    saved.Advance() |> ignore
                JointEmbeddingCheckpoint.Save(path, saved)
                let other = trainer (options 1e-3)
                refuses "LearningRate" (fun () -> JointEmbeddingCheckpoint.Load(path, other))
                Expect.equal other.Step 0L "step"
                let strings = JointEmbeddingTrainer(StringSampler(grammar, 9UL, 2048L), 3, options 5e-3)
                refuses "other strings" (fun () -> JointEmbeddingCheckpoint.Load(path, strings))
                File.WriteAllBytes(path, [| 1uy; 2uy |])
                refuses "too few" (fun () -> JointEmbeddingCheckpoint.Load(path, trainer (options 5e-3))))

        testCase "gradients through all levels learn them, and the number of latents is found level by level" <| fun () ->
            let easy = Grammar.Draw(GrammarShape(3, 3, 8, 4), 5UL)
            let top options =
                let learned = JointEmbeddingClustering.Learn(StringSampler(easy, 5UL, 2048L), 3, options)
                let accuracy = learned.Accuracy(StringSampler(easy, 5UL, 1000L, RandomPurpose.HeldOut)) |> Array.last
                accuracy, [ for level in learned.Levels -> level.SymbolCount ]
            let endToEnd =
                JointEmbeddingOptions(Gradients = JointEmbeddingGradients.EndToEnd, Batch = 512, Width = 64, Seed = 1UL)
            Expect.isGreaterThan (fst (top endToEnd)) 0.9 "end to end"
            Expect.equal (top (JointEmbeddingOptions(EstimateLatents = true, Seed = 1UL))) (1.0, [ 8; 8 ]) "eight latents a level"

        testCase "embeddings tell the latents: probes of held-out strings, ranks between 1 and d" <| fun () ->
            let trained = trainer (JointEmbeddingOptions(Seed = 1UL))
            trained.Run()
            for rank in trained.Ranks do
                Expect.equal rank.Dimension 7 "d = v - 1"
                Expect.isTrue (rank.EffectiveRank > 5.0 && rank.EffectiveRank <= 7.0) $"rank {rank.EffectiveRank}"
            Expect.all (JointEmbeddingLearner.Probe(trained, grammar, 200)) (fun probe -> probe > 0.95) "probes"

        testCase "noise is named: strings without correlations, and too few of them" <| fun () ->
            let warnings shape samples =
                let grammar = Grammar.Draw(shape, 2UL)
                let options = JointEmbeddingOptions(Steps = 60L, Width = 32, Seed = 1UL)
                JointEmbeddingClustering.Learn(StringSampler(grammar, 2UL, samples), 3, options).Warnings
            let few = warnings (GrammarShape(2, 3, 8, 16)) 100L
            Expect.exists few (fun text -> text.Contains "below coverage") "coverage"
            Expect.exists few (fun text -> text.Contains "no correlation above sampling noise") "noise"
            Expect.exists (warnings (GrammarShape(2, 3, 4, 16)) 20000L) (fun text -> text.Contains "no correlation") "m = v^(s-1)"
    ]

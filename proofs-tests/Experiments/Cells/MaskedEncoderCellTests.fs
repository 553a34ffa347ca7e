module Rhm.ProofsTests.Experiments.Cells.MaskedEncoderCellTests

open System.Threading
open Expecto
open Rhm.Experiments.Cells
open Rhm.Grammars
open Rhm.Networks.Probes
open Rhm.Networks.Transformers
open Rhm.Randomness
open Rhm.Sweeps
open Rhm.ProofsTests.Refusals

let private cell = MaskedEncoderCell.Function

let private options (values: (string * obj) list) =
    let all: (string * obj) list =
        [ "L", 2
          "s", 2
          "v", 6
          "m", 2
          "P", 200L
          "width", 8
          "batch_size", 50
          "steps", 20L
          "learning_rate", 0.01
          "mask_span", 2 ]
    let values = all @ values
    cell.Options(readOnlyDict (List.rev values |> List.distinctBy fst))

let private measures threads values =
    let result = cell.Run(options values, CellContext(3UL, threads, CancellationToken.None))
    Map.ofSeq (Seq.map (|KeyValue|) result.Measures)

let private teaches: (string * obj) list = [ "objective", TransformerObjective.Data2Vec; "local_targets", true ]

[<Tests>]
let tests =
    testList "Experiments / Cells / MaskedEncoderCell" [
        for objective in [ TransformerObjective.Data2Vec; TransformerObjective.BlockEmbedding ] do
            testCase $"is the same to the last bit at any number of threads ({objective})" <| fun () ->
                let values: (string * obj) list = [ "objective", objective; "mask_blocks", 1 ]
                let one = measures 1 values
                Expect.equal (measures 3 values) one "measures"
                for name in [ "untrained_level1"; "span_level2"; "new_level2"; "target_level1"; "rank"; "target_rank" ] do
                    Expect.isTrue (one.ContainsKey name) name

        testCase "fresh strings are looked at after powers of two of the steps, and at the end" <| fun () ->
            let found = measures 2 [ "P", 0L; "steps", 40L ]
            let points = [ for KeyValue(name, _) in found do if name.StartsWith "span_level1@" then int (name.Substring 12) ]
            Expect.equal (List.sort points) [ 16 * 50; 32 * 50; 40 * 50 ] "strings read"
            Expect.equal found["span_level1@2000"] found["span_level1"] "the last is the end"

        testCase "a teacher of true latents is an encoder that was trained on them, and its targets stay" <| fun () ->
            let seed = GrammarSeeds.OfShape(3UL, 2, 2, 6, 2, 0)
            let grammar, shape = Grammar.Draw(GrammarShape(2, 2, 6, 2), seed), TransformerShape(6, 4, 8, 4, 2)
            let training objective =
                TransformerTraining(
                    Objective = objective,
                    LearningRate = 0.01,
                    MaskSpan = 2,
                    BatchSize = 50,
                    Steps = 20L,
                    Strings = 200L,
                    TargetLayers = 2,
                    LocalTargets = (objective = TransformerObjective.Data2Vec),
                    TeacherDecay = 1.0,
                    Seed = seed
                )
            let expected before =
                let teacher = TransformerTrainer(grammar, shape, training before)
                teacher.Run()
                let trained =
                    match teacher.Teacher with
                    | null -> teacher.Encoder
                    | moving -> moving
                let student = TransformerTrainer(grammar, shape, training TransformerObjective.Data2Vec, trained)
                let measure = RepresentationMeasure(Seed = seed, SynonymStrings = 0)
                let targets = nonNull (EncoderKnowledge.MeasureTargets(student, grammar, measure))
                targets.EffectiveRank, List.ofSeq targets.Levels
            let found values =
                let found = measures 1 (teaches @ values)
                found["target_rank"], [ for level in 1..2 -> found[$"target_level{level}"] ]
            Expect.equal (found [ "teacher", TeacherOrigin.Latents ]) (expected TransformerObjective.MaskedLatents) "of true latents"
            Expect.equal
                (found [ "teacher", TeacherOrigin.Trained; "teacher_decay", 1.0 ])
                (expected TransformerObjective.Data2Vec)
                "of its own"
            // With the published decay: the teacher that stays is the one that the other training ends with, but it taught from the start.
            Expect.equal (found [ "teacher", TeacherOrigin.Trained ]) (found []) "the same targets at the end"
            let rank values = (measures 1 (teaches @ values))["rank"]
            Expect.notEqual (rank [ "teacher", TeacherOrigin.Trained ]) (rank []) "another encoder"

        testCase "what makes no sense is refused before any work" <| fun () ->
            let require values () = cell.Require(options values)
            refuses "P = -1" (require [ "P", -1L ])
            refuses "strings = 5" (require [ "strings", 5L ])
            refuses "width = 10 is no multiple of the 4 heads" (require [ "width", 10 ])
            refuses "a teacher that stays needs an objective with a teacher" (require [ "teacher", TeacherOrigin.Trained ])
            refuses "3 tokens masked together do not divide" (require [ "mask_span", 3 ])
    ]

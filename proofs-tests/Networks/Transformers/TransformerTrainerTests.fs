module Rhm.ProofsTests.Networks.Transformers.TransformerTrainerTests

open System
open Expecto
open Rhm.Grammars
open Rhm.Networks.JointEmbedding
open Rhm.Networks.Transformers
open Rhm.Population
open Rhm.Strings
open Rhm.ProofsTests
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.SmallEncoders

/// Losses of 20 steps of PyTorch.
let private losses (objective: TransformerObjective) : float list = Golden.read "transformer-losses.json" (string objective)

/// Largest relative difference of 20 losses of the trainer (float) from PyTorch's (double).
let private goldenError (training: TransformerTraining) (golden: float list) =
    let v, length, strings, classes = 5, 8, 6, 4
    let shape = TransformerShape(v, length, 12, 3, 3, 20)
    let trainer = TransformerTrainer(Grammar.Draw(GrammarShape(3, 2, v, 3, classes), 1UL), shape, training)
    let ordered = trainer.Layout.All |> Seq.sortWith (fun a b -> String.CompareOrdinal(a.Name, b.Name))

    for index, tensor in Seq.indexed ordered do
        let shape = TransformerCheckpoint.TorchShape tensor
        let bound = if shape.Length > 1 then 1.5 / sqrt (float shape[1]) else 0.3
        let ones = if tensor.Kind = TransformerTensorKind.Scale then 1.0 else 0.0
        let values = Array.init tensor.Length (fun k -> float32 (ones + bound * sin (float (k + 1) + 100.0 * float index)))
        TransformerCheckpoint.FromTorch(tensor, values, tensor.Of trainer.Encoder.Parameters)

    match trainer.Teacher with
    | null -> ()
    | teacher -> Array.blit trainer.Encoder.Parameters 0 teacher.Parameters 0 teacher.Parameters.Length

    trainer.Batches <-
        fun step ->
            let cut n x = uint16 (int (floor (float n * (0.5 + 0.5 * sin x))) % n)
            let k = Array.init (strings * length) (fun i -> float i + 1000.0 * float step)
            let tokens = k |> Array.map (fun k -> cut v (k * k))
            let roots = Array.init strings (fun i -> cut classes (7.0 * float i + float step))
            let all = [| 0 .. tokens.Length - 1 |]

            match training.Objective with
            | TransformerObjective.NextToken ->
                TransformerBatch(tokens, [||], tokens, all |> Array.filter (fun row -> row % length < length - 1))
            | TransformerObjective.Supervised -> TransformerBatch(tokens, roots, tokens, all)
            | _ ->
                let outputs = all |> Array.filter (fun row -> sin (3.0 * k[row] * k[row] + 1.0) > 0.7)
                TransformerBatch(
                    tokens,
                    [||],
                    tokens |> Array.mapi (fun row token -> if Array.contains row outputs then uint16 v else token),
                    outputs
                )

    List.map (fun expected -> abs (trainer.Advance().Loss - expected) / expected) golden |> List.max

let private goldenTraining objective targetLayers beta2 teacherDecay =
    TransformerTraining(
        Objective = objective,
        LearningRate = 3e-3,
        TargetLayers = targetLayers,
        Beta2 = beta2,
        TeacherDecay = teacherDecay,
        BatchSize = 6,
        Seed = 1UL
    )

[<Tests>]
let tests =
    testList "Networks / Transformers / TransformerTrainer" [
        testList "golden" [
            for objective, losses in
                [ TransformerObjective.Data2Vec, (losses TransformerObjective.Data2Vec)
                  TransformerObjective.WhitenedData2Vec, (losses TransformerObjective.WhitenedData2Vec)
                  TransformerObjective.MaskedTokens, (losses TransformerObjective.MaskedTokens)
                  TransformerObjective.NextToken, (losses TransformerObjective.NextToken)
                  TransformerObjective.Supervised, (losses TransformerObjective.Supervised) ] do
                testCase $"20 steps in float give PyTorch's losses in double to 1e-4 ({objective})" <| fun () ->
                    Expect.isLessThan (goldenError (goldenTraining objective 2 0.98 0.9) losses) 1e-4 "relative"

                testCase $"the comparison notices another decay of squared gradients ({objective})" <| fun () ->
                    Expect.isGreaterThan (goldenError (goldenTraining objective 2 0.999 0.9) losses) 1e-4 "must fail"

            testCase "the comparison notices another number of target layers" <| fun () ->
                Expect.isGreaterThan
                    (goldenError (goldenTraining TransformerObjective.Data2Vec 3 0.98 0.9) (losses TransformerObjective.Data2Vec))
                    1e-4
                    "must fail"

            testCase "the comparison notices another teacher" <| fun () ->
                Expect.isGreaterThan
                    (goldenError
                        (goldenTraining TransformerObjective.WhitenedData2Vec 2 0.98 0.91)
                        (losses TransformerObjective.WhitenedData2Vec))
                    1e-4
                    "must fail"
        ]

        for objective in objectives do
            testCase $"is the same bits for any number of threads ({objective})" <| fun () ->
                let trained threads =
                    let settings =
                        TransformerTraining(
                            Objective = objective,
                            BatchSize = 100,
                            Steps = 12L,
                            Dropout = 0.1,
                            Seed = 5UL,
                            Threads = threads
                        )

                    let trainer = TransformerTrainer(grammar, smallShape, settings)
                    [ for _ in 1..12 -> trainer.Advance().Loss ], state trainer

                Expect.equal (trained 3) (trained 1) "losses, weights, teacher, moments"

            for strings in [ Nullable(); Nullable 250L ] do
                testCase $"interrupted, goes on to the same bits and the same curve ({objective}, {strings} strings)" <| fun () ->
                    inFile (fun path ->
                        let whole = trainer objective strings
                        let curve = TransformerRun.Train(whole, 3)
                        let points = ResizeArray<_>()
                        use stop = new Threading.CancellationTokenSource()
                        let first = trainer objective strings
                        Expect.throwsT<OperationCanceledException>
                            (fun () ->
                                TransformerRun.Train(
                                    first,
                                    3,
                                    path,
                                    Action<_> points.Add,
                                    Action<_>(fun _ ->
                                        if first.Step = 6L then
                                            stop.Cancel()),
                                    stop.Token
                                )
                                |> ignore)
                            "interrupted"
                        let second = trainer objective strings
                        TransformerCheckpoint.Load(path, second)
                        Expect.equal second.Step 6L "step"
                        TransformerRun.Train(second, 3, path, Action<_> points.Add) |> ignore
                        Expect.equal (state second) (state whole) "state"
                        Expect.sequenceEqual points curve "curve")

        testCase "fresh strings are those of the sampler, one after the other; masks hide a share of them" <| fun () ->
            let trainer =
                TransformerTrainer(
                    grammar,
                    smallShape,
                    TransformerTraining(Objective = TransformerObjective.MaskedTokens, BatchSize = 100, Seed = 5UL)
                )
            let sampled = SymbolReader.ReadAll(StringSampler(grammar, 5UL, 300L), 1)[0]
            // out of order on purpose
            let batches = [ for step in [ 2L; 0L; 1L ] -> step, trainer.Batches.Invoke step ]

            for step, batch in batches do
                Expect.equal batch.Tokens sampled[int step * 800 .. int step * 800 + 799] $"step {step}"
                let hidden = batch.Symbols |> Array.indexed |> Array.filter (fun (_, symbol) -> symbol = smallShape.Mask) |> Array.map fst
                Expect.equal batch.OutputRows hidden "predicted where masked"
                // Hoeffding at 1e-9
                Expect.isLessThan (abs (float hidden.Length / 800.0 - 0.15)) (sqrt (log 2e9 / 1600.0)) "share"

        for span in [ 2; 4 ] do
            testCase $"{span} neighbours are masked together or not at all, as many tokens as one by one" <| fun () ->
                let trainer = TransformerTrainer(grammar, smallShape, TransformerTraining(BatchSize = 1000, MaskSpan = span, Seed = 5UL))
                let batch = trainer.Batches.Invoke 3L
                let runs = batch.Symbols |> Array.map (fun symbol -> symbol = smallShape.Mask) |> Array.chunkBySize span
                Expect.allEqual [ for run in runs -> (Array.distinct run).Length ] 1 "whole runs, from multiples of the span on"
                Expect.equal batch.OutputRows [| for row in 0 .. 7999 do if runs[row / span][0] then row |] "all of them are predicted"
                // Hoeffding at 1e-9
                Expect.isLessThan (abs (float batch.OutputRows.Length / 8000.0 - 0.15)) (sqrt (log 2e9 / (2.0 * float runs.Length))) "share"

        testCase "so many blocks are masked in every string, each as often as the others" <| fun () ->
            let settings = TransformerTraining(BatchSize = 3000, MaskSpan = 2, MaskBlocks = 3, Seed = 5UL)
            let batch = TransformerTrainer(grammar, smallShape, settings).Batches.Invoke 3L
            let chosen = batch.OutputRows |> Array.chunkBySize 6 |> Array.map (Array.map (fun row -> row % 8))
            Expect.equal chosen.Length 3000 "six tokens in each string"
            let counts = chosen |> Array.countBy id
            Expect.equal counts.Length 4 "all ways to leave one tuple out"
            // Hoeffding at 1e-9, for each of the four ways
            for _, count in counts do
                Expect.isLessThan (abs (float count / 3000.0 - 0.25)) (sqrt (log 8e9 / 6000.0)) "even"

        testCase "blocks that need not be constituents begin at each offset of their length as often as at the others" <| fun () ->
            let settings = TransformerTraining(BatchSize = 4000, MaskSpan = 3, MaskAligned = false, MaskBlocks = 1, Seed = 5UL)
            let batch = TransformerTrainer(grammar, smallShape, settings).Batches.Invoke 3L
            let starts = batch.OutputRows |> Array.chunkBySize 3 |> Array.map (fun rows -> rows[0] % 8)
            for rows in Array.chunkBySize 3 batch.OutputRows do
                Expect.equal (rows[2], rows[0] / 8) (rows[0] + 2, rows[2] / 8) "neighbours, in one string"
            // Each of the offsets 0, 1 and 2 leaves two blocks.
            let counts = starts |> Array.countBy id
            Expect.equal (counts |> Array.map fst |> Array.sort) [| 0..5 |] "starts"
            for _, count in counts do
                Expect.isLessThan (abs (float count / 4000.0 - 1.0 / 6.0)) (sqrt (log 12e9 / 8000.0)) "even"

        testCase "noise replaces a share of the latents, the same each time a string is read" <| fun () ->
            let settings noise =
                TransformerTraining(
                    Objective = TransformerObjective.MaskedLatents,
                    Strings = 4000L,
                    BatchSize = 4000,
                    LatentNoise = noise,
                    Seed = 5UL
                )
            let ofStep noise step =
                let batch = TransformerTrainer(grammar, smallShape, settings noise).Batches.Invoke step
                Array.zip (Array.chunkBySize 8 batch.Tokens) (Array.chunkBySize 4 batch.Latents)
            let truth, noisy = ofStep 0.0 0L, ofStep 0.4 0L
            Expect.equal (Array.map fst truth) (Array.map fst noisy) "the same strings"
            let changed = Array.map2 (fun (_, a) (_, b) -> Array.map2 (<>) a b) truth noisy |> Array.concat
            let share = changed |> Array.averageBy (fun other -> if other then 1.0 else 0.0)
            // One of five symbols replaces itself. A string that occurs again has the same noise: Hoeffding at 1e-9 over different strings.
            let different = truth |> Array.map fst |> Array.distinct |> Array.length
            Expect.isLessThan (abs (share - 0.32)) (sqrt (log 2e9 / (2.0 * float different))) "share"
            Expect.equal (Map.ofArray (ofStep 0.4 1L)) (Map.ofArray noisy) "in the next epoch"
            Expect.equal (ofStep 0.0 1L |> Map.ofArray) (Map.ofArray truth) "without noise the truth"

        testCase "a given teacher is taken over, and stays where its decay is 1" <| fun () ->
            let other = TransformerTrainer(grammar, smallShape, TransformerTraining(Seed = 9UL, BatchSize = 100, Steps = 3L))
            other.Run()
            let settings decay =
                TransformerTraining(Objective = TransformerObjective.Data2Vec, TeacherDecay = decay, BatchSize = 100, Seed = 5UL)
            let start = other.Encoder.Parameters[.. other.Encoder.ParameterCount - 1]
            for decay in [ 1.0; 0.9 ] do
                let trainer = TransformerTrainer(grammar, smallShape, settings decay, other.Encoder)
                Expect.equal (nonNull trainer.Teacher).Parameters start "before the first step"
                trainer.Advance() |> ignore
                Expect.equal ((nonNull trainer.Teacher).Parameters = start) (decay = 1.0) "after it"
            Expect.notEqual
                (TransformerTrainer(grammar, smallShape, settings 1.0).Fingerprint)
                (TransformerTrainer(grammar, smallShape, settings 1.0, other.Encoder).Fingerprint)
                "a checkpoint knows it from another"
            inFile (fun path ->
                TransformerCheckpoint.Save(path, other)
                let loaded = TransformerCheckpoint.LoadEncoder(path, smallShape)
                Expect.equal loaded.Parameters start "from its checkpoint"
                refuses "shape is" (fun () ->
                    TransformerCheckpoint.LoadEncoder(path, TransformerShape(5, 8, 12, 3, 3, 20)) |> ignore))

        testCase "targets that are looked at are those that are predicted" <| fun () ->
            let tokens = SymbolReader.ReadAll(StringSampler(grammar, 3UL, 6L), 1)[0]
            let targets pooled isLocal =
                let settings =
                    TransformerTraining(
                        Objective = TransformerObjective.Data2Vec,
                        MaskSpan = 2,
                        PoolTargets = pooled,
                        LocalTargets = isLocal,
                        Seed = 5UL
                    )
                TransformerTrainer(grammar, smallShape, settings).Targets(ReadOnlyMemory tokens) |> Array.chunkBySize 12
            let plain, pooled = targets false false, targets true false
            for row in 0 .. plain.Length - 1 do
                let block = row / 2 * 2
                let mean = Array.map2 (fun a b -> (a + b) / 2.0f) plain[block] plain[block + 1]
                Expect.isLessThan (Array.map2 (fun a b -> abs (a - b)) pooled[row] mean |> Array.max) 1e-6f "the mean of the block"
            // Alone, a tuple looks the same in every string.
            for rows in [ targets false true; targets true true ] do
                let places = [ for row in 0 .. rows.Length - 1 -> (row % 8, tokens[row / 2 * 2 .. row / 2 * 2 + 1]), rows[row] ]
                for _, same in List.groupBy fst places do
                    let values = List.map snd same
                    let worst = values |> List.map (Array.map2 (fun a b -> abs (a - b)) values[0] >> Array.max) |> List.max
                    Expect.isLessThan worst 1e-5f "the same tuple at the same place"
            let embedding = TransformerTraining(Objective = TransformerObjective.BlockEmbedding, MaskSpan = 2, Seed = 5UL)
            let embedded = TransformerTrainer(grammar, smallShape, embedding).Targets(ReadOnlyMemory tokens)
            Expect.equal embedded.Length (tokens.Length * 16) "an embedding at each position"

        testCase "what does not fit is refused" <| fun () ->
            let train shape training () = TransformerTrainer(grammar, shape, training) |> ignore
            refuses "8 tokens do not fit" (train (TransformerShape(5, 16, 12, 3, 2)) (TransformerTraining()))
            refuses "over 5 symbols" (train (TransformerShape(4, 8, 12, 3, 2)) (TransformerTraining()))
            refuses "exceeds the number of strings P = 99" (train smallShape (TransformerTraining(Strings = 99L, BatchSize = 100)))
            refuses "number of threads 0" (train smallShape (TransformerTraining(Threads = 0)))
            refuses "dropout = 1" (train smallShape (TransformerTraining(Dropout = 1.0)))
            refuses "masked share = 0" (train smallShape (TransformerTraining(MaskShare = 0.0)))
            refuses "3 tokens masked together do not divide strings of T = 8" (train smallShape (TransformerTraining(MaskSpan = 3)))
            refuses "0 tokens masked together" (train smallShape (TransformerTraining(MaskSpan = 0)))
            refuses
                "3 masked blocks of 3 tokens leave nothing in sight, or do not fit"
                (train smallShape (TransformerTraining(MaskSpan = 3, MaskAligned = false, MaskBlocks = 3)))
            refuses
                "4 masked blocks of 2 tokens leave nothing in sight"
                (train smallShape (TransformerTraining(MaskSpan = 2, MaskBlocks = 4)))
            refuses
                "blocks of 5 tokens that begin at any of 5 offsets do not fit"
                (train smallShape (TransformerTraining(MaskSpan = 5, MaskAligned = false)))
            refuses "mask_blocks = 0" (train smallShape (TransformerTraining(MaskBlocks = 0)))
            refuses "latent_noise = 1.5" (train smallShape (TransformerTraining(LatentNoise = 1.5)))
            refuses "noise of latents belong to masked latents" (train smallShape (TransformerTraining(LatentNoise = 0.5)))
            refuses "averaged over masked blocks belong to data2vec" (train smallShape (TransformerTraining(PoolTargets = true)))
            refuses "from masked blocks alone belong to data2vec" (train smallShape (TransformerTraining(LocalTargets = true)))
            let embedding options () = train smallShape (TransformerTraining(Embedding = options)) ()
            refuses "embedding_width = 0" (embedding (BlockEmbeddingOptions(EmbeddingWidth = 0)))
            refuses "regulariser = sig-reg is none of" (embedding (BlockEmbeddingOptions(Regulariser = JointEmbeddingObjective.SigReg)))
            let other = TransformerTrainer(grammar, TransformerShape(5, 8, 12, 3, 3), TransformerTraining())
            let taught objective () =
                TransformerTrainer(grammar, smallShape, TransformerTraining(Objective = objective), other.Encoder) |> ignore
            refuses "has none" (taught TransformerObjective.MaskedTokens)
            refuses "does not fit an encoder" (taught TransformerObjective.Data2Vec)
            refuses "teacher decay = 1.5" (train smallShape (TransformerTraining(TeacherDecay = 1.5)))
            refuses
                "level 3 of the latents to predict must be at most L - 1 = 2"
                (train smallShape (TransformerTraining(Objective = TransformerObjective.MaskedLatents, TargetLevel = 3)))
            refuses "level 0 of the latents" (train smallShape (TransformerTraining(TargetLevel = 0)))

            for objective in [ TransformerObjective.Supervised; TransformerObjective.MaskedLatents ] do
                refuses "of these strings are not known" (fun () ->
                    TransformerTrainer(
                        (StringSampler(grammar, 1UL, 500L): IStringSource),
                        smallShape,
                        TransformerTraining(Objective = objective)
                    )
                    |> ignore)

        for level in 1..2 do
            for strings in [ Nullable(); Nullable 40L ] do
                let how = if strings.HasValue then "again and again" else "fresh"

                testCase $"latents of level {level} are those of the strings that are read, {how}" <| fun () ->
                    let settings =
                        TransformerTraining(
                            Objective = TransformerObjective.MaskedLatents,
                            TargetLevel = level,
                            BatchSize = 20,
                            Strings = strings,
                            Seed = 3UL
                        )
                    let trainer = TransformerTrainer(grammar, smallShape, settings)

                    for step in 0L .. 2L do
                        let batch = trainer.Batches.Invoke step
                        let span = pown 2 level
                        Expect.equal batch.Latents.Length (batch.Tokens.Length / span) "one for each node"

                        for node in 0 .. batch.Latents.Length - 1 do
                            // the posterior of a node given the whole string knows it: the grammar is unambiguous
                            let string = batch.Tokens[node * span / 8 * 8 ..][..7] |> Array.map int
                            let posterior = BeliefPropagation grammar
                            posterior.Observe(ReadOnlySpan string)
                            Expect.floatClose
                                Accuracy.high
                                (posterior.Posterior(level, node % (8 / span))[int batch.Latents[node]])
                                1.0
                                "the node's symbol"

        testCase "supervised training learns the root: loss below a tenth of log v" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(2, 2, 8, 2), 1UL)
            let settings = TransformerTraining(Objective = TransformerObjective.Supervised, BatchSize = 64, Steps = 200L, Seed = 1UL)
            let curve = TransformerRun.Train(TransformerTrainer(grammar, TransformerShape(8, 4, 32, 2, 2), settings), 4)
            Expect.isGreaterThan curve[0].Loss 0.5 "not at first"
            Expect.isLessThan curve[3].Loss (0.1 * log 8.0) "in the end"
    ]

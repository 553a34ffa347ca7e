module Rhm.ProofsTests.Learners.TransformerTests

open System
open System.IO
open Expecto
open FsCheck
open FsCheck.FSharp
open Rhm.Experiments
open Rhm.Grammars
open Rhm.Networks.Training
open Rhm.Networks.Transformers
open Rhm.Numerics
open Rhm.Population
open Rhm.Randomness
open Rhm.Strings
open Rhm.Sweeps.Expressions
open Rhm.ProofsTests.Generators

let private objectives =
    [ TransformerObjective.Data2Vec
      TransformerObjective.WhitenedData2Vec
      TransformerObjective.MaskedTokens
      TransformerObjective.MaskedLatents
      TransformerObjective.NextToken
      TransformerObjective.Supervised ]

/// An encoder small enough for central differences in every tensor, and what it predicts.
type SmallEncoder =
    { Shape: TransformerShape
      Training: TransformerTraining
      Strings: int
      ChunkRows: int }

type Encoders =
    static member Encoder() =
        gen {
            let! heads = Gen.choose (1, 3)
            let! headWidth = Gen.choose ((if heads = 1 then 4 else 2), 4)
            let! length = Gen.choose (2, 6)
            let! layers = Gen.choose (1, 3)
            let! feedForward = Gen.choose (1, 6)
            let! vocabulary = Gen.choose (2, 4)
            let! strings = Gen.choose (1, 5)
            let! chunkRows = Gen.elements [ 1; 8; 256 ]
            let! objective = Gen.elements objectives
            let! dropout = Gen.elements [ 0.0; 0.3 ]
            let! targetLayers = Gen.choose (1, 4)
            let! seed = Gen.choose (0, 1_000_000)

            return
                { Shape = TransformerShape(vocabulary, length, heads * headWidth, heads, layers, feedForward)
                  Training =
                    TransformerTraining(
                        Objective = objective,
                        Dropout = dropout,
                        TargetLayers = targetLayers,
                        SmoothL1Beta = 0.5,
                        MaskShare = 0.4,
                        Seed = uint64 seed
                    )
                  Strings = strings
                  ChunkRows = chunkRows }
        }
        |> Arb.fromGen

let private encoderProperty count name (test: SmallEncoder -> unit) =
    ExpectoFsCheck.testPropertyWithConfig
        { FsCheckConfig.defaultConfig with
            maxTest = count
            arbitrary = [ typeof<Encoders> ] }
        name
        test

let private classes = 3

let private outputsOf (shape: TransformerShape) objective =
    match objective with
    | TransformerObjective.Data2Vec
    | TransformerObjective.WhitenedData2Vec -> shape.Width
    | TransformerObjective.Supervised -> classes
    | _ -> shape.Vocabulary

let private layoutOf small = TransformerLayout(small.Shape, outputsOf small.Shape small.Training.Objective)

/// Weights of the usual size, and biases and scales that are felt.
let private parametersOf (layout: TransformerLayout) seed =
    let random = RandomStream(seed, RandomPurpose.Experiment, 7UL)
    layout.Initial<float> seed |> Array.map (fun value -> value + 0.3 * random.NextGaussian())

let private batchOf small =
    let random = RandomStream(small.Training.Seed, RandomPurpose.Experiment)
    let tokens = Array.init (small.Strings * small.Shape.Length) (fun _ -> uint16 (random.NextBelow(uint64 small.Shape.Vocabulary)))

    let latents =
        match small.Training.Objective with
        | TransformerObjective.Supervised -> Array.init small.Strings (fun _ -> uint16 (random.NextBelow(uint64 classes)))
        | TransformerObjective.MaskedLatents -> Array.init (tokens.Length / (if small.Shape.Length % 2 = 0 then 2 else 1)) (fun _ -> uint16 (random.NextBelow(uint64 small.Shape.Vocabulary)))
        | _ -> [||]

    TransformerBatch.Create(tokens, latents, small.Shape, small.Training, 3L)

let private dropoutOf small = TransformerDropout(small.Training.Dropout, small.Training.Seed, 4L)

let private lossOf chunkRows small =
    let layout = layoutOf small
    let loss = TransformerLoss<float>(layout, small.Training, chunkRows)
    let teacher = if small.Training.HasTeacher then (parametersOf layout (small.Training.Seed + 1UL))[.. layout.EncoderCount - 1] else [||]
    let batch, dropout = batchOf small, dropoutOf small
    fun parameters gradient -> let struct (value, norm) = loss.Gradient(parameters, teacher, batch, gradient, dropout) in value, norm

/// Largest difference between the gradient and central differences at four places of every tensor, over the largest entry of the gradient.
let private gradientError plant small =
    let layout = layoutOf small
    let parameters = parametersOf layout small.Training.Seed
    let gradient, scratch = Array.zeroCreate layout.Count, Array.zeroCreate layout.Count
    let loss = lossOf small.ChunkRows small
    loss parameters gradient |> ignore
    plant gradient
    let random = RandomStream(small.Training.Seed, RandomPurpose.Experiment, 1UL)
    let largest = gradient |> Array.maxBy abs |> abs |> max 1e-6

    [ for tensor in layout.All do
          for _ in 1..4 do
              let index = tensor.Offset + int (random.NextBelow(uint64 tensor.Length))
              let value = parameters[index]

              let at x =
                  parameters[index] <- x
                  let loss, _ = loss parameters scratch
                  parameters[index] <- value
                  loss

              let error step = abs ((at (value + step) - at (value - step)) / (2.0 * step) - gradient[index]) / largest

              // A wrong gradient differs at every step; differences err at large ones.
              List.min [ for step in [ 1e-5; 1e-6; 1e-7 ] -> error step ] ]
    |> List.max

/// Truncation is of the order step^2 times third derivatives (a LayerNorm of four nearly equal numbers has large ones), and of the order step where
/// the smooth L1 turns between the two points; rounding is 1e-16/step = 1e-9 times the loss at the smallest step.
let private tolerance = 1e-5

[<Tests>]
let gradients =
    testList "transformer gradients" [
        encoderProperty 200 "of the whole loss are those of central differences in double" <| fun small ->
            Expect.isLessThan (gradientError ignore small) tolerance $"%A{small}"

        for objective in objectives do
            testCase $"a planted error of one part in a thousand is seen ({objective})" <| fun () ->
                let small =
                    { Shape = TransformerShape(3, 4, 6, 2, 2, 5)
                      Training = TransformerTraining(Objective = objective, SmoothL1Beta = 0.5, MaskShare = 0.4, Seed = 3UL)
                      Strings = 4
                      ChunkRows = 256 }

                let plant (gradient: float[]) =
                    for i in 0 .. gradient.Length - 1 do
                        gradient[i] <- gradient[i] * 1.001

                Expect.isGreaterThan (gradientError plant small) tolerance "the check must fail"

        for level in 1..2 do
            testCase $"a masked token predicts the latent of level {level} above it, and for no other" <| fun () ->
                let training = TransformerTraining(Objective = TransformerObjective.MaskedLatents, TargetLevel = level, MaskShare = 0.3, Seed = 2UL)
                let layout = TransformerLayout(TransformerShape(3, 8, 6, 2, 1), 3)
                let loss, parameters = TransformerLoss<float>(layout, training), parametersOf layout 1UL
                let batch = TransformerBatch.Create(Array.zeroCreate 40, Array.zeroCreate (40 >>> level), layout.Shape, training, 0L)
                let value latents = let struct (value, _) = loss.Gradient(parameters, [||], TransformerBatch(batch.Tokens, latents, batch.Symbols, batch.OutputRows), Array.zeroCreate layout.Count, TransformerDropout()) in value
                let before = value batch.Latents

                for node in 0 .. batch.Latents.Length - 1 do
                    let other = batch.Latents |> Array.mapi (fun i latent -> if i = node then 1us else latent)
                    Expect.equal (value other <> before) (batch.OutputRows |> Array.exists (fun row -> row >>> level = node)) $"node {node}"

        encoderProperty 60 "do not depend on how the batch is cut, and have the norm that is told" <| fun small ->
            let parameters = parametersOf (layoutOf small) small.Training.Seed

            let gradient chunkRows =
                let gradient = Array.zeroCreate parameters.Length
                let value, norm = lossOf chunkRows small parameters gradient
                value, norm, gradient

            let l1, n1, g1 = gradient 1
            let l2, _, g2 = gradient 256
            Expect.floatClose Accuracy.high l1 l2 "loss"
            Expect.floatClose Accuracy.high n1 (g1 |> Array.sumBy (fun x -> x * x)) "norm"
            let largest = g1 |> Array.maxBy abs |> abs |> max 1e-6
            // sums of at most 30 rows in another order, through at most three blocks: rounding 1e-16 each, amplified by the whitening
            // (1/0.01) and by LayerNorms of nearly equal numbers
            Expect.isLessThan (Array.fold2 (fun worst a b -> max worst (abs (a - b))) 0.0 g1 g2 / largest) 1e-9 "gradient"
    ]

let private temporary () = Path.Combine(Path.GetTempPath(), $"rhm-transformer-{Guid.NewGuid()}.safetensors")

let private refused fragment (action: unit -> unit) =
    let error = Expect.throwsC action id
    Expect.isTrue (error :? ArgumentException) $"an argument is refused, not {error}"
    Expect.stringContains error.Message fragment "names the reason"

let private grammar = Grammar.Draw(GrammarShape(3, 2, 5, 3), 1UL)

let private smallShape = TransformerShape(5, 8, 12, 3, 2, 20)

[<Tests>]
let forward =
    let shape = TransformerShape(4, 6, 12, 3, 2, 10)

    let tokens seed strings =
        let random = RandomStream(seed, RandomPurpose.Experiment)
        Array.init (strings * shape.Length) (fun _ -> uint16 (random.NextBelow(uint64 shape.Symbols)))

    let all (states: HiddenStates) = [ yield! states.Layers; states.Final ]

    testList "transformer forward" [
        testCase "the states of float are those of double" <| fun () ->
            for causal in [ false; true ] do
                let single = TransformerEncoder(shape, 3UL, causal)
                let tokens = tokens 1UL 50
                let states = single.Forward(ReadOnlyMemory tokens)
                let pass = EncoderPass<float>(TransformerLayout shape, 50, causal, false)
                let doubles = Array.init (shape.Layers + 1) (fun _ -> [||])
                let parameters = Array.map float single.Parameters
                let keep = EncoderPass<float>.OnLayer(fun layer hidden -> doubles[layer] <- hidden.ToArray())
                let last = pass.Forward(parameters, ReadOnlySpan tokens, ReadOnlySpan(), 0, TransformerDropout.None, keep)
                Expect.equal (last.ToArray()) doubles[shape.Layers] "the last state"

                for layer in 0 .. shape.Layers do
                    // a few hundred roundings of 2^-24, on numbers of size 1 to 5, divided by deviations of rows near 1
                    Array.iter2 (fun (a: float32) b -> Expect.isLessThan (abs (float a - b)) 1e-4 $"layer {layer}") states.Layers[layer] doubles[layer]

        testCase "a string's states depend neither on the strings beside it nor on the threads" <| fun () ->
            let encoder = TransformerEncoder(shape, 3UL)
            let tokens = tokens 2UL 200
            let whole, threaded = encoder.Forward(ReadOnlyMemory tokens), encoder.Forward(ReadOnlyMemory tokens, 3)
            let alone = encoder.Forward(ReadOnlyMemory(tokens, 150 * shape.Length, shape.Length))
            let size = shape.Length * shape.Width

            for w, t, a in List.zip3 (all whole) (all threaded) (all alone) do
                Expect.equal t w "threads"
                Expect.equal a w[150 * size .. 151 * size - 1] "alone"

        testCase "with a causal mask a position's states depend on what is left of it only; without, on all" <| fun () ->
            for causal in [ true; false ] do
                let encoder = TransformerEncoder(shape, 3UL, causal)
                let before = tokens 4UL 1
                let after = Array.copy before
                after[4] <- (before[4] + 1us) % uint16 shape.Vocabulary
                let left (states: HiddenStates) = states.Final[.. 4 * shape.Width - 1]
                let a, b = encoder.Forward(ReadOnlyMemory before), encoder.Forward(ReadOnlyMemory after)
                Expect.equal (left a = left b) causal $"left of the change, causal = {causal}"
                Expect.notEqual a.Final[5 * shape.Width ..] b.Final[5 * shape.Width ..] "right of the change"

        testCase "what does not fit is refused" <| fun () ->
            refused "17 symbols" (fun () -> TransformerEncoder(shape, 1UL).Forward(ReadOnlyMemory(Array.zeroCreate 17)) |> ignore)
            refused "symbol 6 has no embedding" (fun () -> TransformerEncoder(shape, 1UL).Forward(ReadOnlyMemory(Array.create 6 6us)) |> ignore)
            refused "no tensor" (fun () -> TransformerEncoder(shape, 1UL).Tensor("none").Length |> ignore)
            refused "not a multiple of the number of heads = 5" (fun () -> TransformerShape(4, 8, 12, 5, 2) |> ignore)
            refused "string length T = 1" (fun () -> TransformerShape(4, 1, 12, 3, 2) |> ignore)
            refused "layers = 0" (fun () -> TransformerShape(4, 8, 12, 3, 0) |> ignore)
            refused "weights" (fun () -> TransformerShape(4, 8, 65536, 1, 1000) |> ignore)
            refused "numbers of attention" (fun () -> TransformerShape(4, 4096, 1024, 1024, 1) |> ignore)
    ]

[<Tests>]
let dropout =
    testList "transformer dropout" [
        testCase "vectors keep what the reference keeps, about a share 1 - p, and differ from place to place and step to step" <| fun () ->
            let columns, rows = 37, 4000
            let x = Array.create (rows * columns) 1f
            let keep seed step site =
                let y = Array.zeroCreate x.Length
                Dropout(0.3, seed, step, site).Apply<float32>(ReadOnlySpan x, Span y, 5L, columns)
                y

            let y = keep 1UL 2L 3
            let reference = Dropout(0.3, 1UL, 2L, 3)
            for row in 0..20 do
                for column in 0 .. columns - 1 do
                    let expected = if reference.Keeps(5L + int64 row, column, columns) then float32 (1.0 / 0.7) else 0f
                    Expect.equal y[row * columns + column] expected $"{row}, {column}"

            // Hoeffding: a share off by t has probability at most 2 exp(-2 n t^2) = 1e-9
            let bound = sqrt (log 2e9 / (2.0 * float x.Length))
            let kept = y |> Array.sumBy (fun value -> if value = 0f then 0.0 else 1.0)
            Expect.isLessThan (abs (kept / float x.Length - 0.7)) bound "share"

            for other in [ keep 2UL 2L 3; keep 1UL 3L 3; keep 1UL 2L 4 ] do
                let same = Array.fold2 (fun n a b -> if a = b then n + 1.0 else n) 0.0 y other / float x.Length
                Expect.isLessThan (abs (same - (0.7 * 0.7 + 0.3 * 0.3))) bound "independent"
    ]

[<Tests>]
let whitening =
    testList "transformer whitening" [
        for rank in [ 1; 5; 12 ] do
            testCase $"is the inverse root of the covariance and a share of its largest eigenvalue (rank {rank})" <| fun () ->
                let d = 12
                let random = RandomStream(uint64 rank, RandomPurpose.Experiment)
                let rows = Array.init rank (fun _ -> Array.init d (fun _ -> random.NextGaussian()))
                let a = Array.init (d * d) (fun i -> rows |> Array.sumBy (fun row -> row[i / d] * row[i % d]))
                let w = Whitening.InverseRoot(a, d, 0.01)
                let matrix (values: float[]) = MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.Dense(d, d, fun i j -> values[i * d + j])
                let largest = (matrix a).Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric).EigenValues |> Seq.map _.Real |> Seq.max
                let shifted = matrix a + 0.01 * largest * MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.DenseIdentity d
                let difference = matrix w * shifted * matrix w - MathNet.Numerics.LinearAlgebra.Matrix<float>.Build.DenseIdentity d
                // rounding 1e-16 times the condition 101, times some hundred operations
                Expect.isLessThan (difference.InfinityNorm()) 1e-9 "W (A + share lambda) W = 1"
    ]

/// Losses of 20 steps of the PyTorch program in double (`benchmarks/peers/transformer_torch.py golden`, torch 1.13.0), weights, strings and
/// masks by formula: v=5, T=8, d_model=12, 3 heads, 3 layers, 20 units, 6 strings, learning rate 3e-3, teacher decay 0.9, K=2.
module private Golden =
    let data2Vec =
        [ 0.6413463108; 0.6038571553; 0.5534651112; 0.4913486859; 0.3050629176
          0.3070842222; 0.2605584546; 0.1634438061; 0.1793641003; 0.1737515992
          0.1360014527; 0.1010846213; 0.0992306257; 0.09113481651; 0.0811039562
          0.06471506965; 0.06726089849; 0.07719698135; 0.07149747901; 0.03810109483 ]
    let whitenedData2Vec =
        [ 0.523342285; 0.4388967873; 0.3740718991; 0.3155056068; 0.2815940623
          0.1765609204; 0.1615026613; 0.07383851067; 0.04561649831; 0.05426686224
          0.03702667307; 0.04476844052; 0.05618659665; 0.03201361899; 0.03533302684
          0.05619978389; 0.06794393295; 0.04097704378; 0.05210501266; 0.02608784679 ]
    let maskedTokens =
        [ 2.130317905; 2.457398538; 1.985118776; 1.944782516; 1.624554873
          1.766178964; 1.374109196; 1.593276789; 1.755510385; 1.65973259
          1.655261658; 1.571267866; 1.501238891; 1.395188808; 1.502905405
          1.670281333; 1.670883313; 1.594773868; 1.415292562; 1.591391136 ]
    let nextToken =
        [ 1.894858378; 2.146458449; 1.760841573; 1.633229369; 1.787741724
          1.641466698; 1.552475143; 1.665895777; 1.604259781; 1.575026437
          1.587503975; 1.544460189; 1.587785566; 1.559553192; 1.420689969
          1.560448293; 1.601590098; 1.563954077; 1.493302721; 1.678523776 ]
    let supervised =
        [ 2.800754137; 1.973355719; 1.282519497; 1.191835893; 1.360596399
          1.584378995; 1.369717159; 1.454930963; 1.530326601; 1.692801381
          1.781534533; 1.464747367; 1.220460054; 1.301404736; 1.40142533
          1.79166183; 1.564443257; 1.452426721; 1.26883462; 1.383221038 ]

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
            | TransformerObjective.NextToken -> TransformerBatch(tokens, [||], tokens, all |> Array.filter (fun row -> row % length < length - 1))
            | TransformerObjective.Supervised -> TransformerBatch(tokens, roots, tokens, all)
            | _ ->
                let outputs = all |> Array.filter (fun row -> sin (3.0 * k[row] * k[row] + 1.0) > 0.7)
                TransformerBatch(tokens, [||], tokens |> Array.mapi (fun row token -> if Array.contains row outputs then uint16 v else token), outputs)

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
let golden =
    testList "transformer golden" [
        for objective, losses in
            [ TransformerObjective.Data2Vec, Golden.data2Vec
              TransformerObjective.WhitenedData2Vec, Golden.whitenedData2Vec
              TransformerObjective.MaskedTokens, Golden.maskedTokens
              TransformerObjective.NextToken, Golden.nextToken
              TransformerObjective.Supervised, Golden.supervised ] do
            testCase $"20 steps in float give PyTorch's losses in double to 1e-4 ({objective})" <| fun () ->
                Expect.isLessThan (goldenError (goldenTraining objective 2 0.98 0.9) losses) 1e-4 "relative"

            testCase $"the comparison notices another decay of squared gradients ({objective})" <| fun () ->
                Expect.isGreaterThan (goldenError (goldenTraining objective 2 0.999 0.9) losses) 1e-4 "must fail"

        testCase "the comparison notices another number of target layers" <| fun () ->
            Expect.isGreaterThan (goldenError (goldenTraining TransformerObjective.Data2Vec 3 0.98 0.9) Golden.data2Vec) 1e-4 "must fail"

        testCase "the comparison notices another teacher" <| fun () ->
            Expect.isGreaterThan (goldenError (goldenTraining TransformerObjective.WhitenedData2Vec 2 0.98 0.91) Golden.whitenedData2Vec) 1e-4 "must fail"
    ]

let private training objective strings rate =
    TransformerTraining(
        Objective = objective,
        Strings = strings,
        BatchSize = 100,
        Steps = 14L,
        Dropout = 0.1,
        LearningRate = rate,
        Seed = 5UL
    )

let private trainer objective strings = TransformerTrainer(grammar, smallShape, training objective strings 1e-3)

let private state (trainer: TransformerTrainer) =
    [ trainer.Encoder.Parameters
      (match trainer.Teacher with
       | null -> [||]
       | teacher -> teacher.Parameters)
      trainer.Moments.First
      trainer.Moments.Second ]

[<Tests>]
let trainings =
    testList "transformer training" [
        for objective in objectives do
            testCase $"is the same bits for any number of threads ({objective})" <| fun () ->
                let trained threads =
                    let settings =
                        TransformerTraining(Objective = objective, BatchSize = 100, Steps = 12L, Dropout = 0.1, Seed = 5UL, Threads = threads)

                    let trainer = TransformerTrainer(grammar, smallShape, settings)
                    [ for _ in 1..12 -> trainer.Advance().Loss ], state trainer

                Expect.equal (trained 3) (trained 1) "losses, weights, teacher, moments"

            for strings in [ Nullable(); Nullable 250L ] do
                testCase $"interrupted, goes on to the same bits and the same curve ({objective}, {strings} strings)" <| fun () ->
                    let path = temporary ()

                    try
                        let whole = trainer objective strings
                        let curve = TransformerRun.Train(whole, 3)
                        let points = ResizeArray<_>()
                        use stop = new Threading.CancellationTokenSource()
                        let first = trainer objective strings
                        Expect.throwsT<OperationCanceledException> (fun () -> TransformerRun.Train(first, 3, path, Action<_> points.Add, Action<_>(fun _ -> if first.Step = 6L then stop.Cancel()), stop.Token) |> ignore) "interrupted"
                        let second = trainer objective strings
                        TransformerCheckpoint.Load(path, second)
                        Expect.equal second.Step 6L "step"
                        TransformerRun.Train(second, 3, path, Action<_> points.Add) |> ignore
                        Expect.equal (state second) (state whole) "state"
                        Expect.sequenceEqual points curve "curve"
                    finally
                        File.Delete path

        testCase "a checkpoint of other sizes, settings or strings is refused, and nothing is changed" <| fun () ->
            let path = temporary ()

            try
                let first = trainer TransformerObjective.Data2Vec (Nullable())
                first.Advance() |> ignore
                TransformerCheckpoint.Save(path, first)
                let before = state first |> List.map Array.copy
                let other grammar shape training = fun () -> TransformerCheckpoint.Load(path, TransformerTrainer((grammar: Grammar), shape, training))
                let same = training TransformerObjective.Data2Vec (Nullable()) 1e-3
                refused "shape" (other grammar (TransformerShape(5, 8, 12, 2, 2, 20)) same)
                refused "training" (other grammar smallShape (training TransformerObjective.Data2Vec (Nullable()) 2e-3))
                refused "training" (other grammar smallShape (training TransformerObjective.WhitenedData2Vec (Nullable()) 1e-3))
                refused "strings" (other (Grammar.Draw(GrammarShape(3, 2, 5, 3), 2UL)) smallShape same)
                File.WriteAllBytes(path, (File.ReadAllBytes path)[..3000])
                refused "safetensors" (fun () -> TransformerCheckpoint.Load(path, first))
                Expect.equal (state first) before "state"
            finally
                File.Delete path

        testCase "a checkpoint without a setting, saved before there was one, has the default" <| fun () ->
            let path = temporary ()

            try
                let trainer objective level = TransformerTrainer(grammar, smallShape, TransformerTraining(Objective = objective, TargetLevel = level))

                for objective in [ TransformerObjective.Data2Vec; TransformerObjective.MaskedLatents ] do
                    let first = trainer objective 1
                    first.Advance() |> ignore
                    TransformerCheckpoint.Save(path, first)
                    let setting = "\\u0022TargetLevel\\u0022:1,"
                    let text = Text.Encoding.Latin1.GetString(File.ReadAllBytes path)
                    Expect.stringContains text setting "it is saved"
                    // as many characters: the header's length stands before it
                    File.WriteAllBytes(path, Text.Encoding.Latin1.GetBytes(text.Replace(setting, String(' ', setting.Length))))
                    let again = trainer objective 1
                    TransformerCheckpoint.Load(path, again)
                    Expect.equal (state again) (state first) "state"
                    refused "TargetLevel" (fun () -> TransformerCheckpoint.Load(path, trainer objective 2))
            finally
                File.Delete path

        testCase "one that diverges stops at the step, and the last checkpoint stays" <| fun () ->
            let path = temporary ()

            try
                let hot () = TransformerTrainer(grammar, smallShape, training TransformerObjective.MaskedTokens (Nullable()) 1e30)
                let trainer = hot ()
                let error = Expect.throwsC (fun () -> TransformerRun.Train(trainer, 14, path) |> ignore) id
                Expect.isTrue (error :? TrainingDivergedException) $"{error}"
                Expect.stringContains error.Message $"step {trainer.Step + 1L}" "the step"
                let again = hot ()
                TransformerCheckpoint.Load(path, again)
                Expect.equal again.Step trainer.Step "the last good step"
                Expect.isTrue (again.Encoder.Parameters |> Array.forall Single.IsFinite) "finite"
            finally
                File.Delete path

        testCase "fresh strings are those of the sampler, one after the other; masks hide a share of them" <| fun () ->
            let trainer = TransformerTrainer(grammar, smallShape, TransformerTraining(Objective = TransformerObjective.MaskedTokens, BatchSize = 100, Seed = 5UL))
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

        testCase "what does not fit is refused" <| fun () ->
            let train shape training () = TransformerTrainer(grammar, shape, training) |> ignore
            refused "8 tokens do not fit" (train (TransformerShape(5, 16, 12, 3, 2)) (TransformerTraining()))
            refused "over 5 symbols" (train (TransformerShape(4, 8, 12, 3, 2)) (TransformerTraining()))
            refused "exceeds the number of strings P = 99" (train smallShape (TransformerTraining(Strings = 99L, BatchSize = 100)))
            refused "number of threads 0" (train smallShape (TransformerTraining(Threads = 0)))
            refused "dropout = 1" (train smallShape (TransformerTraining(Dropout = 1.0)))
            refused "masked share = 0" (train smallShape (TransformerTraining(MaskShare = 0.0)))
            refused "3 tokens masked together do not divide strings of T = 8" (train smallShape (TransformerTraining(MaskSpan = 3)))
            refused "0 tokens masked together" (train smallShape (TransformerTraining(MaskSpan = 0)))
            refused "teacher decay = 1.5" (train smallShape (TransformerTraining(TeacherDecay = 1.5)))
            refused "level 3 of the latents to predict must be at most L - 1 = 2" (train smallShape (TransformerTraining(Objective = TransformerObjective.MaskedLatents, TargetLevel = 3)))
            refused "level 0 of the latents" (train smallShape (TransformerTraining(TargetLevel = 0)))

            for objective in [ TransformerObjective.Supervised; TransformerObjective.MaskedLatents ] do
                refused "known of a grammar only" (fun () ->
                    TransformerTrainer((StringSampler(grammar, 1UL, 500L): IStringSource), smallShape, TransformerTraining(Objective = objective)) |> ignore)

        for level in 1..2 do
            for strings in [ Nullable(); Nullable 40L ] do
                testCase $"""latents of level {level} are those of the strings that are read, {(if strings.HasValue then "again and again" else "fresh")}""" <| fun () ->
                    let settings = TransformerTraining(Objective = TransformerObjective.MaskedLatents, TargetLevel = level, BatchSize = 20, Strings = strings, Seed = 3UL)
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
                            Expect.floatClose Accuracy.high (posterior.Posterior(level, node % (8 / span))[int batch.Latents[node]]) 1.0 "the node's symbol"

        testCase "supervised training learns the root: loss below a tenth of log v" <| fun () ->
            let grammar = Grammar.Draw(GrammarShape(2, 2, 8, 2), 1UL)
            let settings = TransformerTraining(Objective = TransformerObjective.Supervised, BatchSize = 64, Steps = 200L, Seed = 1UL)
            let curve = TransformerRun.Train(TransformerTrainer(grammar, TransformerShape(8, 4, 32, 2, 2), settings), 4)
            Expect.isGreaterThan curve[0].Loss 0.5 "not at first"
            Expect.isLessThan curve[3].Loss (0.1 * log 8.0) "in the end"
    ]

[<Tests>]
let floors =
    testList "transformer floors" [
        testCase "next token: that of all tokens but the first" <| fun () ->
            let settings = TransformerTraining(Objective = TransformerObjective.NextToken, Seed = 5UL)
            let floor = TokenFloor.Measure(grammar, settings, 300, 2)
            let held = StringSampler(grammar, 5UL, 300L, RandomPurpose.HeldOut)
            let all = TokenPrediction.NextToken held
            let posterior = BeliefPropagation grammar
            let tokens = SymbolReader.ReadAll(held, 1)[0] |> Array.map int |> Array.chunkBySize 8
            let first = tokens |> Array.averageBy (fun string -> -log (posterior.NextToken(ReadOnlySpan string)[0, string[0]]))
            Expect.floatClose Accuracy.high (7.0 * floor.Value.Mean) (8.0 * all.Mean - first) "chain rule"

            let losses =
                [ for string in tokens ->
                      let law = posterior.NextToken(ReadOnlySpan string)
                      [ for i in 1..7 -> -log law[i, string[i]] ] |> List.average ]

            let deviation = losses |> List.averageBy (fun loss -> (loss - floor.Value.Mean) ** 2.0) |> sqrt
            Expect.floatClose Accuracy.high floor.Value.StandardError (deviation / sqrt 300.0) "standard error over strings"

        for span in [ 1; 2 ] do
            testCase $"masked tokens, {span} together: each predicted token counts the same, given what is not masked" <| fun () ->
                let settings = TransformerTraining(Objective = TransformerObjective.MaskedTokens, MaskSpan = span, Seed = 5UL)
                let floor = TokenFloor.Measure(grammar, settings, 200, 2)
                let held = SymbolReader.ReadAll(StringSampler(grammar, 5UL, 200L, RandomPurpose.HeldOut), 1)[0]
                let batch = TransformerBatch.Create(held, [||], smallShape, settings, Int64.MaxValue)
                let posterior = BeliefPropagation grammar

                let losses =
                    [ for row in batch.OutputRows do
                          let string = batch.Symbols[row / 8 * 8 .. row / 8 * 8 + 7] |> Array.map (fun symbol -> if symbol = 5us then BeliefPropagation.Masked else int symbol)
                          posterior.Observe(ReadOnlySpan string)
                          -log ((posterior.Prediction(row % 8))[int held[row]]) ]

                Expect.floatClose Accuracy.high floor.Value.Mean (List.average losses) "mean"

        for level in 1..2 do
            testCase $"masked latents: those of level {level} over each predicted token, given what is not masked" <| fun () ->
                let settings = TransformerTraining(Objective = TransformerObjective.MaskedLatents, TargetLevel = level, MaskShare = 0.5, Seed = 5UL)
                let floor = TokenFloor.Measure(grammar, settings, 200, 2)
                let held = SymbolReader.ReadAll(StringSampler(grammar, 5UL, 200L, RandomPurpose.HeldOut), 1)[0]
                let batch = TransformerBatch.Create(held, [||], smallShape, settings, Int64.MaxValue)
                let posterior = BeliefPropagation grammar

                let observed (string: int[]) node =
                    posterior.Observe(ReadOnlySpan string)
                    posterior.Posterior(level, node)

                let losses =
                    [ for row in batch.OutputRows do
                          let first, node = row / 8 * 8, row % 8 >>> level
                          // given the whole string one symbol has probability 1: the truth
                          let truth = observed (held[first .. first + 7] |> Array.map int) node |> Array.findIndex (fun p -> p > 0.5)
                          let seen = batch.Symbols[first .. first + 7] |> Array.map (fun symbol -> if symbol = 5us then BeliefPropagation.Masked else int symbol)
                          -log (Array.item truth (observed seen node)) ]

                Expect.floatClose Accuracy.high floor.Value.Mean (List.average losses) "mean"

        testCase "other objectives have none" <| fun () ->
            Expect.isFalse (TokenFloor.Measure(grammar, TransformerTraining(Objective = TransformerObjective.Data2Vec)).HasValue) "data2vec"
    ]

[<Tests>]
let rates =
    testList "transformer rates" [
        testCase "the rate rises linearly over the warm-up and stays" <| fun () ->
            let training = TransformerTraining(LearningRate = 0.5, WarmUpSteps = 10, Steps = 100L)
            Expect.equal [ for step in [ 1L; 5L; 10L; 11L; 100L ] -> training.RateOf step ] [ 0.05; 0.25; 0.5; 0.5; 0.5 ] "rates"
            Expect.equal (TransformerTraining(LearningRate = 0.5).RateOf 1L) 0.5 "none by default"
    ]

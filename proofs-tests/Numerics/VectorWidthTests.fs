/// The same bits at every vector width: this program runs again without AVX-512, without AVX2 and without any vector instructions.
/// Kernels of float32 and float, and all that learning from counts is made of: strings, counts, context vectors, k-means, labels, on one
/// thread and on two.
module Rhm.ProofsTests.Numerics.VectorWidthTests

open System
open System.Diagnostics
open System.Runtime.InteropServices
open System.Runtime.Intrinsics
open System.Security.Cryptography
open System.Threading
open Expecto
open Rhm.Clustering
open Rhm.Grammars
open Rhm.Learning
open Rhm.Levelwise
open Rhm.Levelwise.Counting
open Rhm.Numerics
open Rhm.Population
open Rhm.Strings
open Rhm.ProofsTests.Numbers

/// Set in a child process: the widest vectors that it may use, in bits.
let private widestVariable = "RHM_TEST_VECTOR_BITS"

let private widest =
    if Vector512.IsHardwareAccelerated then 512
    elif Vector256.IsHardwareAccelerated then 256
    elif Vector128.IsHardwareAccelerated then 128
    else 0

let private blank n : float32[] = Array.zeroCreate n

/// What every kernel makes of the same numbers, in a fixed order.
let private results () =
    [ for rows, columns, inner in [ 1, 1, 1; 13, 37, 29; 29, 16, 300; 40, 70, 5 ] do
          let random = Random 17
          let a, b = numbers random (rows * inner), numbers random (inner * columns)
          let at, bt = numbers random (inner * rows), numbers random (columns * inner)
          let bias, input = numbers random columns, numbers random (rows * columns)
          let c, before, d, e = blank (rows * columns), blank (rows * columns), blank (rows * columns), blank (rows * columns)
          MatrixProduct.Multiply<float32>(a, b, c, rows, columns, inner, bias, Activation.Gelu, before, threads = 2)
          MatrixProduct.MultiplyTransposedA<float32>(at, b, d, rows, columns, inner)
          MatrixProduct.MultiplyTransposedB<float32>(a, bt, e, rows, columns, inner, geluInput = input)
          yield! [ c; before; d; e ]
          let x = Array.map ((*) 5.0f) input
          let y, dy, scale = blank x.Length, d, numbers random columns
          Softmax.Forward<float32>(x, y, rows, columns)
          Softmax.Backward<float32>(y, dy, c, rows, columns)
          yield! [ Array.copy y; Array.copy c ]
          LogSoftmax.Forward<float32>(x, y, rows, columns)
          LogSoftmax.Backward<float32>(y, dy, c, rows, columns)
          yield! [ Array.copy y; Array.copy c ]
          let groups, sums, ySums = Array.copy x, blank columns, blank columns
          LogSoftmax.ForwardGroups<float32>(groups, y, columns, numbers random rows, 1, columns, sums, ySums)
          let struct (sum, squares) = Centring.Subtract<float32>(x, groups, c)
          yield! [ groups; Array.copy y; sums; ySums; Array.copy c; [| sum; squares |] ]
          let means, inverses, dScale, dShift = blank rows, blank rows, blank columns, blank columns
          LayerNorm.Forward<float32>(x, scale, bias, y, means, inverses, rows, columns)
          LayerNorm.Backward<float32>(x, scale, means, inverses, dy, c, dScale, dShift, rows, columns)
          yield! [ y; Array.copy c; means; inverses; dScale; dShift ]
          Gelu.Backward<float32>(x, dy, c)
          ColumnSums.Add<float32>(x, dScale, rows, columns)
          let w, m, v = Array.copy x, blank x.Length, blank x.Length
          for step in 1..3 do
              AdamW().Step(w, dy, m, v, step)
          yield! [ c; dScale; w; m; v ] ]

let private bytesOf (numbers: 'a array when 'a: struct and 'a: (new: unit -> 'a) and 'a :> ValueType) =
    MemoryMarshal.AsBytes(ReadOnlySpan numbers).ToArray()

/// The sums, exponentials and logarithms of arrays, of few numbers and of many.
let private summed () =
    [ for n in [ 1; 3; 4; 7; 8; 9; 15; 16; 17; 40; 129; 300; 1000 ] do
          let random = Random 29
          let x, y = numbers random n, numbers random n
          let e, l, moved, p = blank n, blank n, Array.copy x, Array.copy x
          let large, positive = Array.map ((*) 30.0f) x, Array.map abs x
          Exponential.Compute<float32>(large, e)
          Logarithm.Compute<float32>(positive, l)
          Interpolation.MoveTowards<float32>(moved, y, 0.05f)
          AttentionSoftmax.Forward<float32>(p, 1.7f, n, false)
          let dp = Array.copy y
          AttentionSoftmax.Backward<float32>(p, dp, 1.7f, n)
          let logits, probabilities, weights = Array.copy x, blank n, Array.copy x
          LogSoftmax.ForwardWithSoftmax<float32>(logits, probabilities, 1, n)
          PairWeights.Weigh<float32>(weights, 0.1f, 1.5f, 0.25f)

          let sums =
              [| Reductions.Sum<float32> x
                 Reductions.Dot<float32>(x, y)
                 Reductions.SumOfMagnitudes<float32> x
                 PairWeights.ExcessSum<float32>(x, 0.1f)
                 PairWeights.AbsoluteDot<float32>(x, y) |]

          yield! List.map bytesOf [ e; l; moved; p; dp; logits; probabilities; weights; sums ]
          let z = Array.map float x
          let unlikely = Array.mapi (fun i x -> if i % 11 = 5 then -infinity else 20.0 * x) z
          let ez, lz, sizes = Array.zeroCreate<float> n, Array.zeroCreate<float> n, Array.map abs z
          Exponential.Compute<float>(unlikely, ez)
          Logarithm.Compute<float>(sizes, lz)
          yield! List.map bytesOf [ ez; lz; [| Reductions.Sum<float> z; Reductions.SumOfSquares<float> z |] ] ]

/// What sampling, counting, clustering and learning make of the same seeds, in a fixed order. Each of the shapes takes another way: bytes
/// or 16 bits, draws of 8, 16 or 32 bits, tables that are looked up in vectors or not, weighted rules.
let private learned threads =
    [ for l, s, v, m, zipf in [ 4, 2, 16, 4, 0.0; 3, 3, 8, 6, 0.0; 3, 3, 8, 22, 1.1; 3, 2, 40, 30, 0.0; 2, 2, 300, 2, 0.0 ] do
          let strings = StringSampler(Grammar.Draw(GrammarShape(l, s, v, m), 3UL, zipf), 5UL, 2500L)

          if v <= 256 then
              let tokens = Array.zeroCreate<byte> (2500 * strings.TokenCount)
              strings.CopyTo(Memory tokens, threads)
              tokens

          let collect target lower =
              LevelCounts.Collect(strings, lower, l, s, target, CousinTargets.All, true, threads, CancellationToken.None)

          let counts = collect Target.Latent (ResizeArray())
          let labels = [| for i in 0 .. counts.Tuples.Count - 1 -> uint16 (i % v) |]
          let above = if l > 2 then [ collect Target.Latent (ResizeArray [ LearnedLevel(counts.Tuples, labels, s, v, v) ]) ] else []

          for level in counts :: above do
              for i in 0 .. s - 2 do
                  for j in i + 1 .. s - 1 do
                      let pairs = level.Pairs(i, j)
                      yield! [ bytesOf pairs.First; bytesOf pairs.Second; bytesOf pairs.Counts ]

          let tokens = collect Target.Token (ResizeArray())
          yield! [ for tuple in 0 .. tokens.Tuples.Count - 1 -> bytesOf (tokens.Targets.Of(tuple).ToArray()) ]
          let struct (contexts, dimension) = IterativeLatentClustering.ContextVectors(counts, CousinTargets.All)
          let partition = KMeans.Cluster(contexts, dimension, min v 40, 6, 1UL, threads)
          yield! [ bytesOf contexts; bytesOf partition.Labels; bytesOf [| partition.Inertia |] ]

          if v <= 40 then
              let hierarchy = IterativeLatentClustering.Learn(strings, s, IlcOptions(Seed = 2UL, Restarts = 8, Threads = threads))
              yield! [ for level in hierarchy.Levels -> bytesOf (Seq.toArray level.Labels) ] ]

let private digest (arrays: byte array list) =
    use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
    for array in arrays do
        hash.AppendData array
    (Convert.ToHexString(hash.GetHashAndReset()))[..31]

/// What the machine makes that this was written on; no operation in the kernels may differ elsewhere.
let private expected = "5851A318A1A5882DB20F93581A30A378"

let private expectedSums = "3CF461DDE6F1EDA20240A728A86B0B38"

let private expectedLearned = "20CE59321E4F51F9FB2EAF6DA520A1E3"

let private theseTests = "are those of any other machine"

/// Runs the tests of that name in a process of its own; answers its exit code and output.
let private runAgain (settings: (string * string) list) =
    let program = nonNull Environment.ProcessPath
    let start = ProcessStartInfo(program, RedirectStandardOutput = true, RedirectStandardError = true)
    // Under `dotnet X.dll` the process is dotnet itself.
    if not (program.Contains "Rhm.ProofsTests") then
        start.ArgumentList.Add(Reflection.Assembly.GetExecutingAssembly().Location)
    for argument in [ "--no-spinner"; "--colours"; "0"; "--filter-test-case"; theseTests ] do
        start.ArgumentList.Add argument
    for name, value in settings do
        start.Environment[name] <- value
    use child = nonNull (Process.Start start)
    let errors = child.StandardError.ReadToEndAsync()
    let output = child.StandardOutput.ReadToEnd()
    child.WaitForExit()
    child.ExitCode, output + errors.Result

[<Tests>]
let tests =
    testList "Numerics / VectorWidth" [
        testCase $"the bits of every kernel {theseTests}" <| fun () ->
            match Environment.GetEnvironmentVariable widestVariable with
            | null -> ()
            | bits -> Expect.isLessThanOrEqual widest (int bits) "the child may not use wider vectors"

            Expect.equal (digest (List.map bytesOf (results ()))) expected "digest of all results"

        testCase $"the bits of sums, exponentials and logarithms {theseTests}" <| fun () ->
            Expect.equal (digest (summed ())) expectedSums "digest of all results"

        for threads in 1..2 do
            testCase $"the bits of strings, counts and labels on {threads} threads {theseTests}" <| fun () ->
                Expect.equal (digest (learned threads)) expectedLearned "digest of all results"

        testCase "control: a last bit changes the digests" <| fun () ->
            let changed bits =
                bits
                |> List.mapi (fun i (x: byte array) -> if i = 30 then Array.mapi (fun at b -> if at = 0 then b ^^^ 1uy else b) x else x)
            Expect.notEqual (digest (changed (List.map bytesOf (results ())))) expected "kernels"
            Expect.notEqual (digest (changed (summed ()))) expectedSums "sums"
            Expect.notEqual (digest (changed (learned 1))) expectedLearned "learning"

        for setting, bits in [ "DOTNET_EnableAVX512", 256; "DOTNET_EnableAVX2", 128; "DOTNET_EnableHWIntrinsic", 0 ] do
            testCase $"the same bits with {setting}=0" <| fun () ->
                let code, output = runAgain [ setting, "0"; widestVariable, string bits ]
                Expect.equal code 0 output
                Expect.stringContains output "4 tests run" "the child ran the tests"

        testCase "control: a child that uses wider vectors than it may fails" <| fun () ->
            if widest > 0 then
                let code, _ = runAgain [ widestVariable, "0" ]
                Expect.notEqual code 0 "exit code"
    ]

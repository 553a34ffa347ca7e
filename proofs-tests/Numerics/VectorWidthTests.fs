/// The same bits at every vector width: this program runs again without AVX-512, without AVX2 and without any vector instructions.
module Rhm.ProofsTests.Numerics.VectorWidthTests

open System
open System.Diagnostics
open System.Runtime.InteropServices
open System.Runtime.Intrinsics
open System.Security.Cryptography
open Expecto
open Rhm.Numerics
open Rhm.ProofsTests.Numerics.Numbers

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
          MatrixProduct.Multiply(a, b, c, rows, columns, inner, bias, Activation.Gelu, before, threads = 2)
          MatrixProduct.MultiplyTransposedA(at, b, d, rows, columns, inner)
          MatrixProduct.MultiplyTransposedB(a, bt, e, rows, columns, inner, geluInput = input)
          yield! [ c; before; d; e ]
          let x = Array.map ((*) 5.0f) input
          let y, dy, scale = blank x.Length, d, numbers random columns
          Softmax.Forward(x, y, rows, columns)
          Softmax.Backward(y, dy, c, rows, columns)
          yield! [ Array.copy y; Array.copy c ]
          LogSoftmax.Forward(x, y, rows, columns)
          LogSoftmax.Backward(y, dy, c, rows, columns)
          yield! [ Array.copy y; Array.copy c ]
          let means, inverses, dScale, dShift = blank rows, blank rows, blank columns, blank columns
          LayerNorm.Forward(x, scale, bias, y, means, inverses, rows, columns)
          LayerNorm.Backward(x, scale, means, inverses, dy, c, dScale, dShift, rows, columns)
          yield! [ y; Array.copy c; means; inverses; dScale; dShift ]
          Gelu.Backward(x, dy, c)
          MatrixProduct.AddColumnSums(x, dScale, rows, columns)
          let w, m, v = Array.copy x, blank x.Length, blank x.Length
          for step in 1..3 do
              AdamW().Step(w, dy, m, v, step)
          yield! [ c; dScale; w; m; v ] ]

let private digest (arrays: float32[] list) =
    use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
    for array in arrays do
        hash.AppendData(MemoryMarshal.AsBytes(ReadOnlySpan array))
    (Convert.ToHexString(hash.GetHashAndReset()))[..31]

/// What the machine makes that this was written on; no operation in the kernels may differ elsewhere.
let private expected = "A333581130667505120C24961DE15B7B"

let private thisTest = "the bits of every kernel are those of any other machine"

/// Runs the test above in a process of its own; answers its exit code and output.
let private runAgain (settings: (string * string) list) =
    let program = nonNull Environment.ProcessPath
    let start = ProcessStartInfo(program, RedirectStandardOutput = true, RedirectStandardError = true)
    // Under `dotnet X.dll` the process is dotnet itself.
    if not (program.Contains "Rhm.ProofsTests") then
        start.ArgumentList.Add(Reflection.Assembly.GetExecutingAssembly().Location)
    for argument in [ "--no-spinner"; "--colours"; "0"; "--filter-test-case"; thisTest ] do
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
    testList "Vector width" [
        testCase thisTest <| fun () ->
            match Environment.GetEnvironmentVariable widestVariable with
            | null -> ()
            | bits -> Expect.isLessThanOrEqual widest (int bits) "the child may not use wider vectors"

            Expect.equal (digest (results ())) expected "digest of all results"

        testCase "control: a last bit changes the digest" <| fun () ->
            let changed = results () |> List.mapi (fun i x -> if i = 30 then Array.map (fun (v: float32) -> MathF.BitIncrement v) x else x)
            Expect.notEqual (digest changed) expected "digest"

        for setting, bits in [ "DOTNET_EnableAVX512", 256; "DOTNET_EnableAVX2", 128; "DOTNET_EnableHWIntrinsic", 0 ] do
            testCase $"the same bits with {setting}=0" <| fun () ->
                let code, output = runAgain [ setting, "0"; widestVariable, string bits ]
                Expect.equal code 0 output
                Expect.stringContains output "1 tests run" "the child ran the test"

        testCase "control: a child that uses wider vectors than it may fails" <| fun () ->
            if widest > 0 then
                let code, _ = runAgain [ widestVariable, "0" ]
                Expect.notEqual code 0 "exit code"
    ]

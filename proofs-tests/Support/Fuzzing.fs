/// Files and command lines that are damaged at random, and how a program has to take them: with a sentence, within ten seconds and 2 GiB,
/// and without touching anything that it only reads.
module Rhm.ProofsTests.Fuzzing

open System
open System.Collections.Generic
open System.IO
open System.Security.Cryptography
open System.Text
open System.Text.RegularExpressions
open System.Threading
open System.Threading.Tasks
open Expecto
open FsCheck
open FsCheck.FSharp
open Rhm.Cli

/// One change of a file. Places are in millionths of its length.
type Change =
    | Cut of at: int
    | Flip of at: int * bit: int
    | Insert of at: int * text: string
    | Overwrite of at: int * text: string
    /// The number or text in quotes that stands there becomes another.
    | Replace of at: int * text: string
    | Drop of at: int * length: int
    | Double of at: int * length: int

/// A file made from one of several sound ones.
type Damage = { Sound: int; Changes: Change list }

let private nested (left: string) (right: string) depth =
    String.replicate depth left + String.replicate depth right

/// What no program expects. Latin-1: a character is a byte.
let nasty =
    [ "0"; "-1"; "1"; "2"; "3"; "1e-99999999999"; "0e-99999999999"; "1e400"; "1e99999999999"; "99999999999999999999"; "2147483647"
      "2147483648"; "-2147483649"; "4294967296"; "9223372036854775807"; "9223372036854775808"; "600000000"; "65536"; "40000"; "1e5"; "0.5"
      "NaN"; "Infinity"; "-Infinity"; "inf"; "null"; "true"; "false"; "[]"; "{}"; "\"\""; "\"\\ud800\""; "\"\\u0000\""; "\"\x1b[31m\""
      "\"a\nb\""; "\"x\""; "'x'"; "1979-05-27"; "1_000"; "0x10"; "--1"; "\xff\xfe"; "\xc3"; "\xef\xbb\xbf"; "\x00"; "\n"; "\r\n"; ","; ":"
      "\"m > v\""; "\"[1, 2\""; "\"x ^ 1e9\""; "\"2 ^ 1e9\""; "\"9 ^ 9 ^ 9 ^ 9\""; "\"range(1, 1e6)\""; "\"1 / 0\""; "\"log(0)\""; "\"P\""
      "\"geomspace(1, 1e300, 1e6)\""; "\"exp(1e9)\""; "\"none\""; "\"auto\""; "\"ilc\""; "\"slc\""; "[1, 2, 3]"; "[[1], [2]]"; "{\"a\": 1}"
      nested "[" "]" 100; nested "[" "]" 5000; nested "{\"a\":" "}" 100; nested "(" ")" 300; String.replicate 5000 "9"
      "0." + String.replicate 5000 "0" + "1"; "\"" + String.replicate 20000 "a" + "\""; String.replicate 500 "-"
      String.replicate 300 "1 + " ]

let private number = Regex @"-?\d+(\.\d+)?([eE][+-]?\d+)?|""[^""\n]*""|'[^'\n]*'|true|false|null|True|False"

let private latin = Encoding.Latin1

let private change (contents: byte[]) change =
    let place at = int (int64 contents.Length * int64 at / 1_000_000L)
    let piece at length = contents[place at .. min (contents.Length - 1) (place at + length - 1)]

    match change with
    | Cut at -> contents[.. place at - 1]
    | Flip(at, bit) ->
        let flipped = Array.copy contents
        if flipped.Length > 0 then
            flipped[place at] <- flipped[place at] ^^^ (1uy <<< bit)
        flipped
    | Insert(at, text) -> Array.concat [ contents[.. place at - 1]; latin.GetBytes text; contents[place at ..] ]
    | Overwrite(at, text) ->
        let bytes = latin.GetBytes text
        Array.concat [ contents[.. place at - 1]; bytes; contents[min contents.Length (place at + bytes.Length) ..] ]
    | Replace(at, text) ->
        let all = latin.GetString contents
        let found = number.Matches all
        if found.Count = 0 then
            contents
        else
            let one = found[int (int64 found.Count * int64 at / 1_000_000L)]
            latin.GetBytes(all[.. one.Index - 1] + text + all[one.Index + one.Length ..])
    | Drop(at, length) -> Array.concat [ contents[.. place at - 1]; contents[min contents.Length (place at + length) ..] ]
    | Double(at, length) -> Array.concat [ contents[.. place at - 1]; piece at length; contents[place at ..] ]

/// The bytes of a damaged file.
let bytesOf (sound: byte[] list) damage =
    let first = sound[damage.Sound % sound.Length]
    // A file does not grow without end.
    List.fold (fun contents one -> if Array.length contents > 1_000_000 then contents else change contents one) first damage.Changes

let private places = Gen.choose (0, 999_999)
let private texts = Gen.elements nasty

let private changes =
    Gen.frequency
        [ 2, Gen.map Cut places
          3, Gen.map2 (fun at bit -> Flip(at, bit)) places (Gen.choose (0, 7))
          2, Gen.map2 (fun at text -> Insert(at, text)) places texts
          2, Gen.map2 (fun at text -> Overwrite(at, text)) places texts
          8, Gen.map2 (fun at text -> Replace(at, text)) places texts
          1, Gen.map2 (fun at length -> Drop(at, length)) places (Gen.choose (1, 60))
          1, Gen.map2 (fun at length -> Double(at, length)) places (Gen.choose (1, 200)) ]

/// Damaged files; a failing one shrinks to fewer changes.
let damages =
    let all =
        gen {
            let! sound = Gen.choose (0, 1000)
            let! count = Gen.frequency [ 5, Gen.constant 1; 3, Gen.constant 2; 2, Gen.choose (3, 8) ]
            let! made = Gen.listOfLength count changes
            return { Sound = sound; Changes = made }
        }

    let fewer damage =
        seq { for left in 0 .. damage.Changes.Length - 1 -> { damage with Changes = List.removeAt left damage.Changes } }
        |> Seq.filter (fun one -> not one.Changes.IsEmpty)

    Arb.fromGenShrink (all, fewer)

let private seconds = 10.0

/// A machine that others use as well gives a process less time than has gone; a hang that takes no time of a processor ends here.
let private mostSeconds = 90.0

let private mostBytes = 2L <<< 30

let private spent () = Environment.CpuUsage.TotalTime.TotalSeconds

/// Whether work ends within ten seconds of a processor.
let private ends (task: Task) =
    let started, clock = spent (), Diagnostics.Stopwatch.StartNew()

    let rec wait () =
        task.Wait(TimeSpan.FromSeconds 0.5)
        || (spent () - started < seconds && clock.Elapsed.TotalSeconds < mostSeconds && wait ())

    wait ()

/// What a case may not do: take longer than ten seconds or 2 GiB, or end with a fault that nobody expected.
let private within (what: string) (work: unit -> unit) =
    let before = GC.GetTotalAllocatedBytes()
    let task = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)

    let error =
        try
            if ends task then None else Some(TimeoutException $"no end within {seconds} s: {what}" :> exn)
        with :? AggregateException as several ->
            Some several.InnerExceptions[0]

    let taken = GC.GetTotalAllocatedBytes() - before
    if taken > mostBytes then
        failtest $"{taken} bytes were taken: {what}"

    match error with
    | None -> ()
    | Some(:? TimeoutException as late) -> failtest late.Message
    | Some(:? AssertException as failed) -> failtest failed.Message
    | Some(:? OperationCanceledException) -> ()
    | Some error ->
        let sentence = Faults.Sentence error
        if sentence.StartsWith "an unexpected fault" || Seq.exists Char.IsControl sentence then
            failtest $"{what}\n{sentence}\n{error}"

let private contentsOf folder =
    [ for path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories) |> Seq.sort ->
          path, Convert.ToHexString(SHA256.HashData(File.ReadAllBytes path)) ]

/// Cases in all, shared by the readers: 3,000, or what RHM_FUZZ_CASES says.
let cases =
    match Environment.GetEnvironmentVariable "RHM_FUZZ_CASES" with
    | null -> 3_000
    | text -> int text

/// The same cases in every run of the tests, other ones in each run that asks for a number of them.
let private replay =
    match Environment.GetEnvironmentVariable "RHM_FUZZ_CASES" with
    | null -> Some(1UL, 0x9E3779B97F4A7C15UL, None)
    | _ -> None

/// A property that is tried on so many of all cases.
let fuzz name share property =
    testPropertyWithConfig
        { FsCheckConfig.defaultConfig with
            replay = replay
            maxTest = max 1 (cases * share / 100)
            endSize = 100 }
        name
        property

/// A reader of files: what it does with a path, and sound files of its kind. It takes every damaged one as it has to.
let reader name share file (sound: Lazy<byte[] list>) (read: string -> unit) =
    fuzz name share (Prop.forAll damages (fun damage ->
        Folders.inFolder (fun folder ->
            let path = Path.Combine(folder, file)
            Directory.CreateDirectory(nonNull (Path.GetDirectoryName path)) |> ignore
            File.WriteAllBytes(path, bytesOf sound.Value damage)
            let before = contentsOf folder
            within $"%A{damage}" (fun () -> read path)
            Expect.equal (contentsOf folder) before $"nothing is touched: %A{damage}")))

/// A command line, interrupted after some time: it ends with one of the codes, within ten seconds, and says at most sentences. Files of
/// its folder that it does not name stay as they are.
let takes (milliseconds: int) folder (line: string list) =
    let named (path: string) =
        let file = nonNull (Path.GetFileName path)
        line |> List.exists (fun word -> word <> "" && (word.Contains file || file.StartsWith $"{Path.GetFileName word}-"))
    let kept () = contentsOf folder |> List.filter (fun (path, _) -> not (named path))
    let before = kept ()
    let text = String.Join(' ', line)

    within text (fun () ->
        use interruption = new CancellationTokenSource(milliseconds)
        let code, _, error = Tool.inside folder (fun () -> Tool.runUntil interruption.Token line)
        Expect.contains [ 0; 1; 2; 130 ] code text
        for part in [ "an unexpected fault"; "   at "; "Exception"; "(Parameter" ] do
            if error.Contains part then
                failtest $"{text}\n{error}"
        if code = 2 && error.TrimEnd('\n').Contains '\n' then
            failtest $"more than one sentence: {text}\n{error}")

    let after = Map.ofList (contentsOf folder)
    for path, hash in before do
        Expect.equal (Map.tryFind path after) (Some hash) $"{path} is touched by {text}"

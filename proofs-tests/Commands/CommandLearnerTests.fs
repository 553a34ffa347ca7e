module Rhm.ProofsTests.Commands.CommandLearnerTests

open System
open System.Collections.Generic
open System.IO
open System.Text.Json
open System.Threading
open System.Threading.Tasks
open Expecto
open Rhm.Commands
open Rhm.Files
open Rhm.Grammars
open Rhm.Learning
open Rhm.Randomness
open Rhm.Strings
open Rhm.Sweeps
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Guess
open Rhm.ProofsTests.Refusals

let private shape = GrammarShape(3, 2, 6, 3, 4)

let private problemOf (seed: uint64) =
    LearningProblem(Grammar.Draw(shape, seed), 50L, Seed = seed, HeldOut = 200L)

/// Symbols of the nodes of a level of the held-out strings.
let private truth (problem: LearningProblem) level =
    let strings = problem.HeldOutStrings
    let group = strings.CreateGroup()
    use reader = (strings :> IStringSource).OpenReader()
    let nodes = group.NodeCount level

    [| for g in 0L .. (strings.Count - 1L) / int64 StringGroup.Lanes do
           reader.Read(g, group)
           let planes = group.Level(level).ToArray()
           for lane in 0 .. group.Count - 1 do
               for node in 0 .. nodes - 1 -> int planes[node * StringGroup.Lanes + lane] |]

let private writeArray (path: string) (kind: string) (axes: int list) (bytes: byte[]) =
    let text = $"{{'descr': '{kind}', 'fortran_order': False, 'shape': ({String.Join(',', axes)},), }}"
    let header = text.PadRight(117) + "\n"
    use file = File.Create(path: string)
    let head = Array.concat [ [| 0x93uy |]; "NUMPY"B; [| 1uy; 0uy; byte header.Length; 0uy |]; Text.Encoding.ASCII.GetBytes header ]
    let all = Array.append head bytes
    file.Write(all, 0, all.Length)

let private labels path axes (values: int[]) =
    writeArray path "<i4" axes (values |> Array.collect (fun value -> BitConverter.GetBytes value))

let private features path axes (values: float32[]) =
    writeArray path "<f4" axes (values |> Array.collect (fun value -> BitConverter.GetBytes value))

/// A command that does something with each folder, $f, and answers.
let private script folder body =
    let path = write folder "learner.sh" $"while read f; do\n{body}\ndone\n"
    $"sh {path}"

let private learn (learner: CommandLearner) problem =
    learner.Learn(problem, learner.Options(Dictionary()))

let private run folder body problem =
    use learner = new CommandLearner("mine", script folder body)
    learn learner problem

let private failsWith fragment folder body =
    (fun () -> run folder body (problemOf 1UL) |> ignore) |> fails<LearnerFailedException> fragment

[<Tests>]
let tests =
    testList "Commands / CommandLearner" [
        testCase "labels are scored by the best matching, levels without a file are at 0" <| fun () ->
            inFolder <| fun folder ->
                let problem = problemOf 1UL
                let known = truth problem 2
                // Renamed symbols, of which the first ten nodes are not resolved.
                labels (Path.Combine(folder, "level2.npy")) [ 200; 2 ] (known |> Array.mapi (fun i a -> if i < 10 then -1 else 5 - a))
                let result = run folder $"cp {folder}/level2.npy $f; echo done" problem
                Expect.equal (List.ofSeq result.Accuracy) [ 0.0; 390.0 / 400.0 ] "all but ten"

        testCase "features are probed, beside those of the untrained" <| fun () ->
            inFolder <| fun folder ->
                let problem = problemOf 2UL
                let random = RandomStream(1UL, RandomPurpose.Experiment)
                let oneHot = [| for a in truth problem 1 do for b in 0 .. 5 -> if a = b then 1f else 0f |]
                features (Path.Combine(folder, "trained")) [ 200; 4; 6 ] oneHot
                // More features than nodes of a half: the probe knows those that it was fitted to by heart, and no others.
                features (Path.Combine(folder, "noise")) [ 200; 4; 450 ] [| for _ in 1..360_000 -> float32 (random.NextDouble()) |]
                let copies = $"cp {folder}/trained $f/level1.features.npy; cp {folder}/noise $f/level1.untrained.npy"
                let result = run folder $"{copies}; echo '{{\"loss\": 0.5}}' > $f/measures.json; echo done" problem
                Expect.equal result.Accuracy[0] 1.0 "the symbols themselves"
                // 400 nodes, symbols about equally frequent: far above chance, 1/6, by more than 10 standard deviations of sqrt(5/36/400).
                Expect.isLessThan result.Measures["probe_untrained_level1"] 0.36 "noise"
                Expect.equal result.Measures["loss"] 0.5 "a number by name"

        testCase "the command is given strings, no latents, and the setting" <| fun () ->
            inFolder <| fun folder ->
                let problem = problemOf 3UL
                let given = Path.Combine(folder, "given")
                let parameters = values [ "width", box 128L; "rate", box 0.5; "kind", box "deep" ]
                use learner = new CommandLearner("mine", script folder $"cp -r $f {given}; echo 'error: enough'", parameters = parameters)
                (fun () -> learn learner problem |> ignore) |> fails<LearnerFailedException> "enough"
                let files = [ for path in Directory.GetFiles given -> Path.GetFileName path ] |> List.sort
                Expect.equal files [ "held.npy"; "problem.json"; "train.npy" ] "files"
                use json = JsonDocument.Parse(File.ReadAllText(Path.Combine(given, "problem.json")))
                let number (name: string) = json.RootElement.GetProperty(name).GetInt64()
                let names = [ "protocol"; "depth"; "branching"; "vocabulary"; "multiplicity"; "classes"; "samples"; "held"; "seed" ]
                Expect.equal [ for name in names -> number name ] [ 1L; 3L; 2L; 6L; 3L; 4L; 50L; 200L; 3L ] "setting"
                let set = json.RootElement.GetProperty "parameters"
                Expect.equal (set.GetProperty("width").GetInt64(), set.GetProperty("rate").GetDouble()) (128L, 0.5) "numbers"
                Expect.equal (set.GetProperty("kind").GetString()) "deep" "a text"
                use stream = File.OpenRead(Path.Combine(given, "held.npy"))
                let struct (tokens, axes) = NumpyFile.Read stream
                Expect.equal (List.ofSeq axes) [ 200L; 8L ] "shape"
                Expect.equal [| for token in tokens -> int token |] (truth problem 0) "the held-out strings"

        testCase "every way to fail is one sentence" <| fun () ->
            inFolder <| fun folder ->
                let path name = Path.Combine(folder, name)
                labels (path "short") [ 200; 3 ] (Array.zeroCreate 600)
                labels (path "large") [ 200; 2 ] (Array.create 400 -2)
                features (path "nan") [ 200; 2; 1 ] [| for i in 0..399 -> if i = 7 then nanf else 0f |]
                File.WriteAllText(path "text", "no array")
                failsWith "shape (200, 3), it needs (200, 2)" folder $"cp {folder}/short $f/level2.npy; echo done"
                failsWith "label -2 is outside" folder $"cp {folder}/large $f/level2.npy; echo done"
                failsWith "not finite" folder $"cp {folder}/nan $f/level2.features.npy; echo done"
                failsWith "level2.npy: " folder $"cp {folder}/text $f/level2.npy; echo done"
                failsWith "neither labels" folder "echo done"
                failsWith "level2.npy: it is a device, a pipe" folder "mkfifo $f/level2.npy; echo done"
                failsWith "level2.npy: " folder "ln -s /nowhere/else $f/level2.npy; echo done"
                failsWith "measures.json: it is a device, a pipe" folder "mkfifo $f/measures.json; echo done"
                failsWith "measures.json is longer than" folder "head -c 2000000 /dev/zero > $f/measures.json; echo done"
                failsWith "does not say why" folder "echo error:"
                failsWith "neither labels" folder "rm -r $f; echo done"
                let long = Expect.throwsC (fun () -> run folder "echo error: $(printf 'y%.0s' $(seq 9000))" (problemOf 1UL) |> ignore) id
                Expect.isLessThan long.Message.Length 700 "a long answer is cut"
                failsWith "exit code 7 before it answered: out of cheese" folder "echo out of cheese >&2; exit 7"
                failsWith "exit code 137" folder $"cp {folder}/short $f/level1.npy; kill -9 $$"
                failsWith "answered \"Epoch 1\"" folder "echo Epoch 1; echo done"
                failsWith "ValueError: no" folder "echo error: ValueError: no"
                failsWith "no object of finite numbers" folder "echo '{\"loss\": NaN}' > $f/measures.json; echo done"
                use missing = new CommandLearner("mine", "no-such-command-anywhere")
                (fun () -> learn missing (problemOf 1UL) |> ignore) |> fails<LearnerFailedException> "exit code 127"
                use slow = new CommandLearner("mine", script folder "sleep 60; echo done", timeout = TimeSpan.FromSeconds 0.3)
                (fun () -> learn slow (problemOf 1UL) |> ignore) |> fails<LearnerFailedException> "did not answer within 0.3 s"

        testCase "a cancelled run is abandoned" <| fun () ->
            inFolder <| fun folder ->
                use stop = new CancellationTokenSource(200)
                use learner = new CommandLearner("mine", script folder "sleep 60; echo done")
                let problem = LearningProblem(Grammar.Draw(shape, 1UL), 5L, Cancellation = stop.Token)
                Expect.throwsT<OperationCanceledException> (fun () -> learn learner problem |> ignore) "at once"

        testCase "a process is kept for the next problem; problems at a time have a process each; none outlives the learner" <| fun () ->
            inFolder <| fun folder ->
                labels (Path.Combine(folder, "level1")) [ 200; 4 ] (Array.zeroCreate 800)
                let measures = "echo \"{\\\"served\\\": $n, \\\"process\\\": $$}\" > $f/measures.json"
                let body = $"n=$((n+1)); sleep 0.2; cp {folder}/level1 $f/level1.npy; {measures}; echo done"
                let learner = new CommandLearner("mine", script folder body)
                let measure _ = let result = learn learner (problemOf 1UL) in result.Measures["process"], result.Measures["served"]
                let first = [ for i in 1..3 -> measure i ]
                Expect.equal [ for _, served in first -> served ] [ 1.0; 2.0; 3.0 ] "one process serves them"
                let begin' i = Task.Factory.StartNew((fun () -> measure i), TaskCreationOptions.LongRunning)
                let together = Task.WhenAll [ for i in 1..4 -> begin' i ]
                let processes = [ for owner, _ in together.Result -> owner ] |> List.distinct
                Expect.isGreaterThan processes.Length 1 "several at a time"
                learner.Dispose()
                // A process that has ended may wait as a zombie (Z) for its parent to take note.
                let isAlive (id: float) =
                    let path = $"/proc/{int id}/stat"
                    try
                        File.Exists path && not ((File.ReadAllText path).Contains ") Z")
                    with :? IOException ->
                        false
                let hasEnded () = List.forall (isAlive >> not) processes
                Expect.isTrue (SpinWait.SpinUntil(hasEnded, TimeSpan.FromSeconds 10.0)) "ended"

        testCase "the identity is the script's bytes, or the version that is given, and the parameters" <| fun () ->
            inFolder <| fun folder ->
                let command = script folder "echo done"
                let version () = (new CommandLearner("mine", command)).Version
                let before = version ()
                Expect.equal (version ()) before "the same script"
                File.AppendAllText(Path.Combine(folder, "learner.sh"), "# changed\n")
                Expect.notEqual (version ()) before "another script"
                Expect.equal (new CommandLearner("mine", command, Nullable 4)).Version 4 "given"
                let learner = new CommandLearner("mine", command, parameters = values [ "width", box 8L ])
                let parameter = learner.Parameters[0]
                let options = learner.Options(values [ "width", box 16L ])
                Expect.equal (parameter.Name, LearnerParameter.Format(learner.ValueOf(parameter, options))) ("width", "16") "set"
                (fun () -> learner.Options(values [ "width", box 0.5 ]) |> ignore) |> refuses "type Int64, not Double"
                (fun () -> learner.Options(values [ "depth", box 2L ]) |> ignore) |> refuses "it has: width"
                (fun () -> new CommandLearner("mine", " ") |> ignore) |> refuses "empty command"
                (fun () -> new CommandLearner("My learner", command) |> ignore) |> refuses "lower-case"

        testCase "a sweep runs a command: parameters are its other keys, a failure is its cell's" <| fun () ->
            inFolder <| fun folder ->
                labels (Path.Combine(folder, "level1")) [ 200; 4 ] (Array.zeroCreate 800)
                let body = $"echo hello >&2; grep -q '\"width\":4' $f/problem.json || exit 3; cp {folder}/level1 $f/level1.npy; echo done"
                let file = write folder "s.toml" $"""
L = 3
s = 2
v = 6
m = 3
P = 50
held_out = 200
[[learner]]
name = "mine"
command = "{script folder body}"
version = 2
timeout = 60
width = [4, 8]
"""
                let sweep = SweepFile.Read file
                use runner = new CellRunner()
                let outcomes = [ for cell in sweep.Cells() -> cell.Configuration, runner.Run(cell, CancellationToken.None) ]
                Expect.stringContains (fst outcomes[0]) "\"learner\":\"mine\",\"learner_version\":2," "version"
                Expect.stringContains (fst outcomes[0]) "\"width\":4," "parameter"
                Expect.isNull (snd outcomes[0]).Error "the first has a result"
                Expect.stringContains (string (snd outcomes[1]).Error) "exit code 3" "the other says why"
                let log = File.ReadAllText(Path.Combine(folder, "s.mine.log"))
                Expect.stringContains log "] hello\n" "standard error"
                Expect.stringContains log "P=50 seed=1\n" "which problem"
                for learner in sweep.Catalog.Learners.All do
                    match box learner with
                    | :? CommandLearner as command -> command.Dispose()
                    | _ -> ()

        testCase "a sweep refuses a command that makes no sense, with its line" <| fun () ->
            inFolder <| fun folder ->
                let refused fragment lines =
                    let file = write folder "s.toml" $"L = 3\ns = 2\nv = 6\nm = 3\nP = 50\n[[learner]]\n{lines}\n"
                    (fun () -> SweepFile.Read file |> ignore) |> refuses fragment
                refused "line 7: there are two learners named ilc" "name = \"ilc\"\ncommand = \"x\""
                refused "in quotes" "name = \"mine\"\ncommand = 3"
                refused "line 9: version is a whole number" "name = \"mine\"\ncommand = \"x\"\nversion = 1.5"
                refused "line 9: timeout is a number of seconds" "name = \"mine\"\ncommand = \"x\"\ntimeout = -1"

        testCase "a name and values come from text" <| fun () ->
            inFolder <| fun folder ->
                let file = write folder "Mine_2.py" ""
                Expect.equal (CommandParameters.NameOf $"python3 -u {file} --fast") "mine-2" "the file's name"
                Expect.equal (CommandParameters.NameOf "missing") "missing" "the command's"
                Expect.equal [ for text in [ "3"; "-0.5"; "true"; "deep"; "nan" ] -> (CommandParameters.ValueOf text).GetType() ]
                    [ typeof<int64>; typeof<float>; typeof<bool>; typeof<string>; typeof<string> ] "types of values"
    ]

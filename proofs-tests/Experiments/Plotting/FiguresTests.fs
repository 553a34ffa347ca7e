module Rhm.ProofsTests.Experiments.Plotting.FiguresTests

open System.IO
open System.Text.RegularExpressions
open System.Xml.Linq
open Expecto
open ScottPlot
open Rhm.Experiments.Measurements
open Rhm.Experiments.Plotting
open Rhm.ProofsTests.Folders

/// Text sizes, and shapes that no one gave a colour, which SVG shows in black.
let private looksOf path =
    let document = XDocument.Load(path: string)
    let attribute name (element: XElement) = element.Attribute(XName.Get name) |> Option.ofObj |> Option.map _.Value
    let hidden (element: XElement) = element.Ancestors() |> Seq.exists (fun above -> above.Name.LocalName = "clipPath")
    let all name = [ for element in document.Descendants() do if element.Name.LocalName = name then element ]
    let sizes = [ for text in all "text" -> text |> attribute "font-size" |> Option.map float ]
    let bare = [ for shape in all "rect" do if not (hidden shape) && attribute "fill" shape = None then shape ]
    sizes, bare

[<Tests>]
let tests =
    testList "Experiments / Plotting / Figures" [
        testCase "all objectives have colours of their own" <| fun () ->
            Expect.isGreaterThanOrEqual Figures.Palette.Length EncoderObjective.All.Count "colours"

        testCase "a figure has one legend, letters, text of 7 points at the width of a page, and a white ground" <| fun () ->
            inFolder (fun folder ->
                let figure = Plots.Panels 3
                for panel in figure.GetPlots() do
                    let line = panel.Add.Scatter([| 1.0; 2.0 |], [| 1.0; 2.0 |])
                    line.LegendText <- "everywhere the same"
                    panel.Title "a title"
                Figures.Save(figure, folder, "figure")
                let text = File.ReadAllText(Path.Combine(folder, "figure.svg"))
                let sizes, bare = looksOf (Path.Combine(folder, "figure.svg"))
                Expect.isEmpty bare "no shape without a colour"
                Expect.isNonEmpty sizes "text"
                for size in sizes do
                    Expect.isGreaterThanOrEqual (Option.get size * 448.0 / 760.0) 7.0 "points"
                Expect.stringContains text "width=\"760\"" "the width of a page"
                let written (what: string) = Regex.Matches(Regex.Replace(text, @"\s", ""), Regex.Escape(what.Replace(" ", ""))).Count
                Expect.equal (written "everywhere the same") 1 "one legend"
                for letter in [ "(a)"; "(b)"; "(c)" ] do Expect.equal (written letter) 1 letter)

        testCase "no stored figure has a shape without a colour" <| fun () ->
            for path in Directory.EnumerateFiles(Path.Combine(solution, "paper/results"), "*.svg", SearchOption.AllDirectories) do
                let _, bare = looksOf path
                Expect.isEmpty bare path
    ]

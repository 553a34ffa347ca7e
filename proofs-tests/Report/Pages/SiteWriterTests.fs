/// What the pages of claims show, against the stored numbers.
module Rhm.ProofsTests.Report.Pages.SiteWriterTests

open System
open System.Globalization
open System.IO
open System.Text
open System.Text.RegularExpressions
open Expecto
open Rhm.Claims
open Rhm.Report
open Rhm.Report.Evidence
open Rhm.Report.Pages
open Rhm.ProofsTests.StoredFolders

/// A folder of results in which every claim measured something else.
let private withDifferent work =
    Rhm.ProofsTests.Folders.inFolder (fun folder ->
        for i, claim in List.indexed Ledger.claims do
            store folder claim setting (measurement (2.5 + 0.01 * float i)) (measurement 7.25) |> ignore

        work folder (StoredResults.Read folder))

let private pages results =
    Map [ for struct (name, bytes) in SiteWriter.Pages results -> name, Encoding.UTF8.GetString bytes ]

let private attribute (name: string) (element: string) =
    let found = Regex.Match(element, $" {name}=\"([^\"]*)\"")
    Double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture)

/// The part of a page from one heading to the next.
let private section (heading: string) (page: string) =
    let start = page.IndexOf $"<h2>{heading}</h2>"
    Expect.isGreaterThan start 0 heading
    let rest = page.Substring(start + 4)
    rest.Substring(0, max 0 (match rest.IndexOf "<h2>" with -1 -> rest.Length | at -> at))

[<Tests>]
let tests =
    testList "Report / Pages / SiteWriter" [
        testCase "every claim's page shows its own numbers" <| fun () ->
            withDifferent (fun _ results ->
                let pages = pages results

                for claim in results.Claims do
                    let page, m = pages[$"claims/{claim.Id}.html"], claim.Stored.Measured
                    let interval low high = $"[{Numbers.Html low}, {Numbers.Html high}]"
                    Expect.stringContains page $"Claim {claim.Number}: <code>{claim.Id}</code>" "its title"
                    Expect.stringContains page $"<dd>{interval m.ReadingLow m.ReadingHigh}</dd>" $"{claim.Id}: the 95%% interval"
                    Expect.stringContains page (interval m.Low m.High) $"{claim.Id}: the one that decides"
                    Expect.stringContains page $"<dd>{Numbers.Html m.Measured} (" $"{claim.Id}: the value")

        testCase "a figure's page has what it shows, its command, and where its cells come from" <| fun () ->
            withDifferent (fun folder _ ->
                let own = Path.Combine(folder, "fraction-paper")
                Directory.CreateDirectory own |> ignore
                for name in [ "figure.svg"; "figure.pdf" ] do File.WriteAllText(Path.Combine(own, name), "<svg/>")
                File.WriteAllText(Path.Combine(own, "thresholds.csv"), "# rhm reproduce fraction --scale paper\nm,P*\n4,123\n")
                let cells = "wall_seconds,code,processor\n1800,one,Zen 9\n3600,two,Zen 9\n1800,one,\n"
                File.WriteAllText(Path.Combine(own, "results.csv"), "# rhm reproduce fraction --scale paper\n" + cells)
                let pages = pages (StoredResults.Read folder)
                let page = pages["figures/fraction-paper.html"]
                let facts =
                    [ "<dt>To repeat</dt><dd><code>rhm reproduce fraction --scale paper</code></dd>"
                      "<dt>Measured by</dt><dd>one, two</dd>"
                      "<dt>Processor</dt><dd>Zen 9</dd>"; "<dt>Cells</dt><dd>3, 2 h in all</dd>"; "<td class=\"number\">123</td>"
                      "the theorem's factor 1/(1-f)"; "src=\"fraction-paper/figure.svg\"" ]
                for fact in facts do Expect.stringContains (page.Replace("&#39;", "'")) fact fact
                Expect.isFalse (page.Contains "Example") "examples are for the command line"
                Expect.stringContains pages["figures.html"] "href=\"figures/fraction-paper.html\"" "the page of all leads there"
                let claim = Ledger.claims |> List.find (fun claim -> claim.Figures |> List.contains "fraction")
                Expect.stringContains pages[$"claims/{claim.Id}.html"] "src=\"../figures/fraction-paper/figure.svg\"" "and the claim's")

        testCase "a page lists what its claim rests on, and what rests on it" <| fun () ->
            withDifferent (fun _ results ->
                let pages = pages results

                for claim in Ledger.claims do
                    let own = pages[$"claims/{claim.Id}.html"]
                    let link id = $"{id}.html\""

                    for premise in claim.Premises do
                        Expect.stringContains (section "Rests on" own) (link premise) $"{claim.Id} rests on {premise}"
                        let above = section "What rests on it" pages[$"claims/{premise}.html"]
                        Expect.stringContains above (link claim.Id) $"on {premise} rests {claim.Id}"

                    let consequences = section "What rests on it" own

                    for other in Ledger.claims do
                        if not (List.contains claim.Id other.Premises) then
                            Expect.isFalse (consequences.Contains(link other.Id)) $"{other.Id} does not rest on {claim.Id}")

        testCase "the figure's bar, band and mark stand where the numbers are" <| fun () ->
            withDifferent (fun _ results ->
                for claim in [ results.Claims[0]; results.Claims[results.Claims.Count - 1] ] do
                    let svg, m = ClaimFigure.Draw claim, claim.Stored.Measured
                    let element pattern = Regex.Match(svg, pattern).Value
                    let band, bar = element "<rect class=\"allowed\"[^>]*>", element "<line class=\"interval\"[^>]*>"
                    let point, predicted = element "<circle[^>]*>", element "<line class=\"predicted\"[^>]*>"
                    // Two of them give the scale of the axis; the numbers in the figure have one decimal.
                    let origin, other = attribute "x1" predicted, attribute "x1" bar
                    let unit = (other - origin) / (m.Low - m.Predicted)

                    for what, x, value in
                        [ "value", attribute "cx" point, m.Measured
                          "end of the bar", attribute "x2" bar, m.High
                          "start of the band", attribute "x" band, m.AcceptLow
                          "end of the band", attribute "x" band + attribute "width" band, m.AcceptHigh ] do
                        Expect.isLessThan (abs (origin + (value - m.Predicted) * unit - x)) 1.0 $"{claim.Id}: {what}")

        testCase "the command that repeats a measurement names scale, seed and controls" <| fun () ->
            withDifferent (fun _ results ->
                let stored = results.Claims[0].Stored
                Expect.equal stored.Command $"rhm verify --claims {stored.Id} --controls" "quick, seed 1"
                let other =
                    StoredClaim(stored.Id, "", "paper", 3UL, stored.Program, stored.Commit, stored.Learners, stored.Measured, null)

                Expect.equal other.Command $"rhm verify --claims {stored.Id} --scale paper --seed 3" "another")
    ]

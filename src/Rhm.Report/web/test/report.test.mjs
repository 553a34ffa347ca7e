// The report in a real browser: RHM_REPORT is its folder, RHM_CLAIMS the number of claims in the ledger, RHM_SCREENSHOTS (optional)
// receives pictures.
import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const folder = path.resolve(process.env.RHM_REPORT ?? "../../../report");
const address = (page, hash = "") => pathToFileURL(path.join(folder, page)).href + hash;
const pictures = process.env.RHM_SCREENSHOTS;
let browser;
before(async () => {
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
});
after(() => browser.close());

// A page on which every error and every request that leaves the folder fails the test.
async function open(name, options = {}, hash = "") {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    const errors = [];
    page.on("console", message => { if (["error", "warning"].includes(message.type())) errors.push(message.text()); });
    page.on("pageerror", error => errors.push(String(error)));
    page.on("requestfailed", request => errors.push(`failed: ${request.url()}`));
    page.on("request", request => { if (!/^(file|data):/.test(request.url())) errors.push(`network: ${request.url()}`); });
    await page.goto(address(name, hash));
    return { page, errors, close: () => context.close() };
}
const picture = async (page, name) => {
    if (pictures) await page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true });
};
const files = async directory => {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name));
};

test("the graph has as many nodes as the ledger, and as the table", async () => {
    const { page, errors, close } = await open("ledger.html");
    const nodes = await page.locator("#graph a.node").count();
    assert.ok(nodes > 0);
    assert.equal(nodes, await page.locator("tbody tr").count());
    if (process.env.RHM_CLAIMS) assert.equal(nodes, Number(process.env.RHM_CLAIMS));
    assert.equal(await page.locator("#graph .edge").count() > nodes / 2, true);
    assert.deepEqual(errors, []);
    await picture(page, "ledger");
    await close();
});

test("a click on a node leads to its claim, and so does the keyboard", async () => {
    const { page, errors, close } = await open("ledger.html");
    const node = page.locator('#graph a.node[data-id="thm-ilc-recovery"]');
    await node.click();
    await page.waitForURL(/claims\/thm-ilc-recovery\.html$/);
    assert.match(await page.locator("h1").innerText(), /thm-ilc-recovery/);
    await page.goBack();
    await page.locator('#graph a.node[data-id="thm-ilc-depth"]').focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/claims\/thm-ilc-depth\.html$/);
    assert.deepEqual(errors, []);
    await close();
});

test("a focused view has its own address and shows only what the claim rests on, or what rests on it", async () => {
    const { page, errors, close } = await open("ledger.html", {}, "#premises=thm-context-separation");
    const shown = () => page.locator("#graph a.node").evaluateAll(nodes => nodes.map(node => node.dataset.id));
    const premises = await shown();
    assert.ok(premises.includes("thm-context-separation") && premises.includes("ann-a-contraction"));
    assert.ok(!premises.includes("thm-ilc-recovery"));
    await page.selectOption("#direction", "consequences");
    await page.waitForFunction(() => location.hash === "#consequences=thm-context-separation");
    const consequences = await shown();
    assert.ok(consequences.includes("thm-ilc-recovery") && !consequences.includes("ann-a-contraction"));
    await picture(page, "focus");
    await page.selectOption("#direction", "all");
    await page.waitForFunction(() => document.querySelectorAll("#graph a.node").length === document.querySelectorAll("tbody tr").length);
    assert.deepEqual(errors, []);
    await close();
});

test("every page loads without errors, its links lead somewhere, its formulas are set, and it is as wide as a phone", async () => {
    const pages = (await files(folder)).filter(file => file.endsWith(".html"));
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    for (const file of pages) {
        const page = await context.newPage();
        const errors = [];
        page.on("console", message => { if (["error", "warning"].includes(message.type())) errors.push(message.text()); });
        page.on("pageerror", error => errors.push(String(error)));
        await page.goto(pathToFileURL(file).href);
        assert.deepEqual(errors, [], file);
        assert.equal(await page.locator("[data-tex]").count(), await page.locator("[data-tex] .katex-mathml").count(), `${file}: formulas`);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${file}: wider than a phone`);
        assert.equal(await page.locator("h1").count(), 1, file);
        const targets = await page.locator("a[href]").evaluateAll(links =>
            links.map(link => new URL(link.getAttribute("href"), document.baseURI).href));
        for (const target of new Set(targets)) {
            assert.ok(target.startsWith("file:"), `${file}: ${target}`);
            await stat(new URL(target.split("#")[0]));
        }
        await page.close();
    }
    await context.close();
});

test("no violation of the accessibility rules of axe, light and dark, wide and narrow", async () => {
    const axe = createRequire(import.meta.url).resolve("axe-core");
    const settings = ["light", "dark"].flatMap(colorScheme =>
        [1280, 390].map(width => ({ colorScheme, viewport: { width, height: 900 } })));
    for (const setting of settings) {
        const claim = ["claims/thm-ilc-exponent.html", "source/RecoveryClaims.fs.html", "figures/targets-paper.html"];
        for (const name of ["index.html", "ledger.html", "calculator.html", "explorer.html", "figures.html", ...claim]) {
            const { page, close } = await open(name, setting);
            await page.addScriptTag({ path: axe });
            const { violations, passes } = await page.evaluate(() => axe.run());
            const places = v => v.nodes.slice(0, 3).map(node => `${node.html} ${node.failureSummary}`).join("; ");
            assert.deepEqual(violations.map(v => `${v.id}: ${places(v)}`), [], `${name}, ${JSON.stringify(setting)}`);
            assert.ok(passes.length > 10);
            await close();
        }
    }
});

test("the table of claims by verdict, chapter and words", async () => {
    const { page, errors, close } = await open("ledger.html");
    const shown = () => page.locator("table.claims tbody tr:visible").count();
    const all = await shown();
    await page.selectOption("#verdict", "established");
    const established = await shown();
    assert.ok(established > 0 && established < all);
    assert.equal(await page.locator("table.claims tbody tr:visible .verdict.established").count(), established);
    await page.fill("#search", "staircase");
    assert.ok(await shown() <= 2);
    await page.selectOption("#verdict", "");
    assert.ok(await shown() >= 1);
    await page.selectOption("#chapter", "slc");
    assert.equal(await shown(), 0);
    await page.fill("#search", "");
    assert.ok(await shown() > 0);
    assert.match(await page.locator("#shown").innerText(), new RegExp(` of ${all} claims$`));
    assert.deepEqual(errors, []);
    await close();
});

test("the first page: a synonym changes its subtree only, and what it shows is what its text says", async () => {
    const { page, errors, close } = await open("index.html");
    const string = () => page.locator("#tree").getAttribute("data-string").then(text => text.split(" "));
    const before = await string();
    await page.locator('[data-place="2-0"]').focus();
    await page.keyboard.press("Enter");
    const after = await string();
    assert.notDeepEqual(after.slice(0, 4), before.slice(0, 4));
    assert.deepEqual(after.slice(4), before.slice(4));
    // Accuracy in per cent, from the note.
    const accuracy = async (target, power, level = "2") => {
        await page.selectOption("#level", level);
        await page.check(`input[value=${target}]`);
        await page.locator("#strings").fill(String(power));
        return Number(/(\d+)% put/.exec(await page.locator("#note").innerText())[1]);
    };
    // Own latents need fewer strings than latents, and these fewer than tokens; at the lowest level tokens are latents.
    assert.equal(await accuracy("own", 3.5), 100);
    assert.ok(await accuracy("own", 3) > await accuracy("latent", 3) + 10);
    assert.equal(await accuracy("latent", 4.5), 100);
    assert.ok(await accuracy("token", 4) < 70 && await accuracy("token", 4) < await accuracy("latent", 4));
    assert.equal(await accuracy("token", 3.5, "0"), await accuracy("latent", 3.5, "0"));
    // A latent is as good at every level; labels are best at the top.
    for (const level of ["0", "1", "2"]) assert.ok(await accuracy("latent", 4.5, level) >= 95, level);
    assert.ok(await accuracy("label", 3, "2") > await accuracy("label", 3, "0"));
    await page.selectOption("#level", "0");
    await page.click("#up");
    assert.equal(await page.inputValue("#level"), "1");
    await page.click("#all");
    assert.equal(await page.locator("#curve path.curve").count(), 4);
    assert.deepEqual(errors, []);
    await picture(page, "mechanism");
    await close();
});

test("the calculator: its address has the parameters, measured points stand where they were measured, bounds are kept", async () => {
    const { page, errors, close } = await open("calculator.html", {}, "#L=3&s=3&v=12&m=4");
    const row = name => page.locator("#rows tr", { hasText: name }).first().locator("td").allInnerTexts();
    assert.match((await row("tokens"))[4], /\[.*,.*\]/);
    assert.ok(await page.locator("#bars circle").count() >= 3);
    await page.locator("#L").fill("5");
    await page.waitForFunction(() => location.hash === "#L=5&s=3&v=12&m=4");
    const few = (await row("tokens"))[1], latent = (await row("latents of the level below"))[1];
    await page.locator("#L").fill("6");
    const number = text => Number(text.replaceAll(",", ""));
    assert.ok(number((await row("tokens"))[1]) > 3 * number(few));
    assert.ok(Math.abs(number((await row("latents of the level below"))[1]) / number(latent) - 1) < 0.01);
    await page.locator("#s").fill("2");
    await page.locator("#v").fill("6");
    await page.locator("#m").fill("64");
    await page.waitForFunction(() => location.hash.endsWith("v=6&m=6"));
    assert.match((await row("latents of the level below"))[1], /cannot be learned/);
    assert.match(await page.locator("#facts").innerText(), /only labels inform/);
    assert.deepEqual(errors, []);
    await picture(page, "calculator");
    await close();
});

test("the explorer: a synonym changes its subtree only, and context vectors of synonyms coincide", async () => {
    const { page, errors, close } = await open("explorer.html");
    const string = () => page.locator("#string").innerText().then(text => text.split(" "));
    await page.locator('[data-place="1-0"]').focus();
    const before = await string();
    const buttons = page.locator("#synonyms button");
    assert.equal(await buttons.count(), 2);
    await buttons.and(page.locator('[aria-pressed="false"]')).click();
    const after = await string();
    assert.notDeepEqual(after.slice(0, 2), before.slice(0, 2));
    assert.deepEqual(after.slice(2), before.slice(2));
    const rows = await page.locator("#context-rows tr").evaluateAll(rows => rows.map(row => [...row.cells].map(cell => cell.textContent)));
    assert.equal(rows.length, 6);
    for (let i = 0; i < rows.length; i += 2) {
        assert.equal(rows[i][0], rows[i + 1][0]);
        assert.equal(rows[i][2], rows[i + 1][2]);
        assert.notEqual(rows[i][1], rows[i + 1][1]);
    }
    await page.locator("#strings").fill("5");
    const seen = await page.locator("#context-rows tr").evaluateAll(rows => rows.map(row => [...row.cells].map(cell => cell.textContent)));
    for (const [, , exact, , counted] of seen.filter(row => row[2] !== "does not occur")) {
        const p = exact.split(/\s+/).map(Number), q = counted.split(/\s+/).map(Number);
        // 10^5 strings, at least a tuple in 27: 7 standard deviations of a share of 3700 are below 0.06.
        p.forEach((value, i) => assert.ok(Math.abs(value - q[i]) < 0.06, `${exact} / ${counted}`));
    }
    await picture(page, "explorer");
    await page.selectOption("#grammar", "4");
    const exact = await page.locator("#context-rows tr").evaluateAll(rows => rows.map(row => row.cells[2].textContent));
    assert.ok(exact.every(vector => vector === "0.333  0.333  0.333"));
    assert.deepEqual(errors, []);
    await close();
});

test("the first page is interactive in under a second, and the report is under 10 MB", async () => {
    const { page, close } = await open("index.html");
    const times = [];
    for (let i = 0; i < 5; i++) {
        await page.reload();
        times.push(await page.evaluate(() => new Promise(resolve =>
            requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now()))))));
        assert.ok(await page.locator("#cloud .ring").count() === 8);
    }
    times.sort((a, b) => a - b);
    console.log(`first page: ${times.map(Math.round).join(", ")} ms`);
    // The fastest of five: the others may have shared the machine.
    assert.ok(times[0] < 1000, `${times} ms`);
    let bytes = 0;
    for (const file of await files(folder)) bytes += (await stat(file)).size;
    console.log(`report: ${(bytes / 1e6).toFixed(2)} MB`);
    assert.ok(bytes < 10e6);
    await close();
});

test("dark, and on a phone", async () => {
    for (const [name, options] of [["dark", { colorScheme: "dark" }], ["phone", { viewport: { width: 390, height: 844 } }]]) {
        const pages = ["index", "ledger", "calculator", "claims/thm-context-separation", "explorer", "figures", "figures/targets-paper"];
        for (const file of pages.map(page => `${page}.html`)) {
            const { page, errors, close } = await open(file, options);
            const [text, back] = await page.evaluate(() => {
                const { color, backgroundColor } = getComputedStyle(document.body);
                return [color, backgroundColor];
            });
            const light = colour => colour.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
            assert.ok(Math.abs(light(text) - light(back)) > 150, `${file} ${name}: ${text} on ${back}`);
            assert.equal(light(back) < 128, name === "dark");
            await picture(page, `${name}-${path.basename(file, ".html")}`);
            assert.deepEqual(errors, []);
            await close();
        }
    }
});

// A small grammar to play with: a derivation whose every symbol can be written anew by a synonym, and the context vectors of its tuples,
// exact (from the library) and counted in strings that are sampled here.
import { random } from "./model.js";

const { grammars } = JSON.parse(document.getElementById("explorer-data").textContent);
const get = id => document.getElementById(id);
const svgElement = (name, attributes = {}, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
};
const text = value => document.createTextNode(value);
const symbol = (level, a) => level === 0 ? "123"[a] : level === 3 ? ["I", "II", "III"][a] : "abcABC"[a + 3 * (level - 1)];
const tupleName = (level, tuple) => tuple.map(a => symbol(level, a)).join(" ");

let grammar, root, choices, selected;

// Symbols of every level for the current choices: choices[l][n] is the rule of node n of level l+1.
function derive() {
    const symbols = [[], [], [], [root]];
    for (let level = 2; level >= 0; level--)
        symbols[level + 1].forEach((parent, n) => symbols[level].push(...grammar.rules[level][parent][choices[level][n]]));
    return symbols;
}

function newDerivation() {
    const draw = random(Math.floor(Math.random() * 2 ** 31));
    root = Math.floor(3 * draw());
    choices = [4, 2, 1].map(count => Array.from({ length: count }, () => Math.floor(grammar.m * draw())));
    selected = { level: 1, node: 0 };
}

function drawTree() {
    const symbols = derive();
    const width = 560, step = 78;
    const place = (level, n) => [width * (n + 0.5) / 2 ** (3 - level), 30 + step * (3 - level)];
    const svg = svgElement("svg", {
        viewBox: `0 0 ${width} ${step * 3 + 66}`, role: "group",
        "aria-label": "Derivation tree; every symbol above the tokens can be written anew",
    });
    for (let level = 0; level < 3; level++) symbols[level].forEach((_, n) => {
        const [x1, y1] = place(level + 1, n >> 1), [x2, y2] = place(level, n);
        const inside = selected.level === level + 1 && selected.node === n >> 1;
        svg.append(svgElement("line", { x1, y1, x2, y2, class: inside ? "branch chosen" : "branch" }));
    });
    for (let level = 3; level >= 0; level--) symbols[level].forEach((a, n) => {
        const [x, y] = place(level, n);
        const node = svgElement("g", { class: `symbol value${a}` },
            svgElement("circle", { cx: x, cy: y, r: 19 }), svgElement("text", { x, y: y + 6 }, text(symbol(level, a))));
        if (level > 0) {
            const rewrite = () => {
                if (selected.level === level && selected.node === n) choices[level - 1][n] = (choices[level - 1][n] + 1) % grammar.m;
                selected = { level, node: n };
                drawTree();
                get("tree").querySelector(`[data-place="${level}-${n}"]`).focus();
            };
            const tuple = tupleName(level - 1, grammar.rules[level - 1][a][choices[level - 1][n]]);
            node.setAttribute("role", "button");
            node.setAttribute("tabindex", 0);
            node.setAttribute("data-place", `${level}-${n}`);
            node.setAttribute("aria-label", `Symbol ${symbol(level, a)} of level ${level}, written as ${tuple}; `
                + "press to choose, press again for the next synonym");
            if (selected.level === level && selected.node === n) node.classList.add("chosen");
            node.addEventListener("click", rewrite);
            node.addEventListener("keydown", event => {
                if (event.key !== "Enter" && event.key !== " ") return;
                event.preventDefault();
                rewrite();
            });
        }
        svg.append(node);
    });
    get("tree").replaceChildren(svg);
    get("string").textContent = symbols[0].map(a => symbol(0, a)).join(" ");

    const { level, node } = selected, parent = symbols[level][node];
    const name = `${symbol(level, parent)} (level ${level})`;
    get("synonyms-title").textContent = `Synonyms: the ${grammar.m} tuples that ${name} can be written as`;
    get("synonyms").replaceChildren(...grammar.rules[level - 1][parent].map((tuple, k) => {
        const button = document.createElement("button");
        button.textContent = tupleName(level - 1, tuple);
        button.setAttribute("aria-pressed", choices[level - 1][node] === k);
        button.addEventListener("click", () => { choices[level - 1][node] = k; drawTree(); get("synonyms").children[k].focus(); });
        return button;
    }));
}

// Occurrences of each tuple of the leftmost place with each symbol at the first place of its cousin, in P strings.
function count(level, strings) {
    const draw = random(12345), m = grammar.m;
    const counts = Array.from({ length: 3 * m }, () => [0, 0, 0]);
    for (let i = 0; i < strings; i++) {
        let at = [Math.floor(3 * draw())];
        let rule = 0;
        for (let l = 2; l >= level; l--) {
            const next = [];
            for (let n = 0; n < Math.min(at.length, 2); n++) {
                const k = Math.floor(m * draw());
                if (l === level && n === 0) rule = at[0] * m + k;
                next.push(...grammar.rules[l][at[n]][k]);
            }
            at = next;
        }
        counts[rule][at[2]]++;
    }
    return counts;
}

function drawContexts() {
    const level = Number(get("level").value);
    const strings = Math.round(10 ** Number(get("strings").value));
    get("strings-value").textContent = strings.toLocaleString("en");
    const counts = count(level, strings);
    const width = 460, height = 410;
    const corners = [[width / 2, 34], [30, height - 34], [width - 30, height - 34]];
    const at = p => [0, 1].map(axis => p.reduce((sum, weight, i) => sum + weight * corners[i][axis], 0));
    const label = "Context vectors in the triangle of distributions over three symbols; the table below has the numbers";
    const svg = svgElement("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
        svgElement("path", { class: "simplex", d: `M${corners.map(c => c.join(",")).join("L")}Z` }));
    corners.forEach(([x, y], i) =>
        svg.append(svgElement("text", { x, y: i === 0 ? y - 12 : y + 24, class: "corner" }, text(`always ${symbol(level, i)}`))));
    const rows = [];
    for (let rule = 0; rule < 3 * grammar.m; rule++) {
        const parent = Math.floor(rule / grammar.m), k = rule % grammar.m;
        const exact = grammar.contexts[level][rule];
        const n = counts[rule].reduce((a, b) => a + b);
        const measured = n > 0 ? counts[rule].map(c => c / n) : null;
        if (exact) {
            const [x, y] = at(exact);
            svg.append(svgElement("circle", { cx: x, cy: y, r: 8 + 4 * k, class: `exact value${parent}` }));
            if (measured) {
                const [u, w] = at(measured);
                svg.append(svgElement("line", { x1: x, y1: y, x2: u, y2: w, class: `error value${parent}` }),
                    svgElement("circle", { cx: u, cy: w, r: 4.5, class: `measured value${parent}` }));
            }
        }
        const show = p => p ? p.map(value => value.toFixed(3)).join("  ") : "does not occur";
        const row = document.createElement("tr");
        const tuple = tupleName(level, grammar.rules[level][parent][k]);
        for (const cell of [symbol(level + 1, parent), tuple, show(exact), n.toLocaleString("en"), show(measured)]) {
            const td = document.createElement("td");
            td.textContent = cell;
            row.append(td);
        }
        row.className = `value${parent}`;
        rows.push(row);
    }
    get("contexts").replaceChildren(svg);
    get("context-rows").replaceChildren(...rows);
}

function choose() {
    grammar = grammars[Number(get("grammar").value)];
    get("grammar-note").textContent = grammar.note;
    newDerivation();
    drawTree();
    drawContexts();
}
get("grammar").addEventListener("change", choose);
get("derive").addEventListener("click", () => { newDerivation(); drawTree(); });
get("level").addEventListener("change", drawContexts);
get("strings").addEventListener("input", drawContexts);
choose();

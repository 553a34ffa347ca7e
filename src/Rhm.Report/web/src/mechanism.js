// The first page: a derivation whose symbols can be written anew, the contexts of all tuples of a level for four targets, and what
// clustering makes of them.
import { countContexts, laws, learn, principalAxes, random, targets } from "./model.js";

const grammar = JSON.parse(document.getElementById("mechanism-data").textContent);
const { depth, vocabulary, multiplicity, rules, contexts } = grammar;
const get = id => document.getElementById(id);
const svgElement = (name, attributes = {}, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
};
const text = value => document.createTextNode(value);
const letter = (level, a) => level === 0 ? String(a + 1) : "ABCDEFGH"[a];

// 1. The tree.
let root, choices;
function newDerivation() {
    root = Math.floor(vocabulary * Math.random());
    choices = Array.from({ length: depth }, (_, level) =>
        Array.from({ length: 2 ** (depth - 1 - level) }, () => Math.floor(multiplicity * Math.random())));
}

function drawTree(focused) {
    const symbols = Array.from({ length: depth + 1 }, () => []);
    symbols[depth] = [root];
    for (let level = depth - 1; level >= 0; level--)
        symbols[level + 1].forEach((parent, n) => symbols[level].push(...rules[level][parent][choices[level][n]]));
    const width = 800, step = 58;
    const place = (level, n) => [width * (n + 0.5) / 2 ** (depth - level), 24 + step * (depth - level)];
    const svg = svgElement("svg", { viewBox: `0 0 ${width} ${step * depth + 50}`, role: "group",
        "aria-label": "Derivation tree; every symbol above the tokens can be written anew" });
    for (let level = 0; level < depth; level++) symbols[level].forEach((_, n) => {
        const [x1, y1] = place(level + 1, n >> 1), [x2, y2] = place(level, n);
        svg.append(svgElement("line", { x1, y1, x2, y2, class: "branch" }));
    });
    for (let level = depth; level >= 0; level--) symbols[level].forEach((a, n) => {
        const [x, y] = place(level, n);
        const node = svgElement("g", { class: level === 0 ? "symbol token" : `symbol value${a}` },
            svgElement("circle", { cx: x, cy: y, r: 17 }), svgElement("text", { x, y: y + 6 }, text(letter(level, a))));
        if (level > 0) {
            const rewrite = () => {
                choices[level - 1][n] = (choices[level - 1][n] + 1) % multiplicity;
                drawTree(`${level}-${n}`);
            };
            const tuple = rules[level - 1][a][choices[level - 1][n]].map(b => letter(level - 1, b)).join(" ");
            for (const [key, value] of Object.entries({ role: "button", tabindex: 0, "data-place": `${level}-${n}`,
                "aria-label": `Symbol ${letter(level, a)} of level ${level}, written as ${tuple}; press for its next synonym` }))
                node.setAttribute(key, value);
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
    get("tree").dataset.string = symbols[0].map(a => a + 1).join(" ");
    if (focused) get("tree").querySelector(`[data-place="${focused}"]`).focus();
}

// 2. Contexts.
const sizes = Array.from({ length: 13 }, (_, i) => Math.round(10 ** (2 + i / 4)));
const counted = new Map();
const counts = level => {
    if (!counted.has(level)) counted.set(level, countContexts(grammar, level, sizes));
    return counted.get(level);
};
// Accuracies that were computed: key level-target, by index of the size.
const known = new Map();
function accuracy(level, target, i) {
    const key = `${level}-${target}`;
    if (!known.has(key)) known.set(key, new Map());
    const curve = known.get(key);
    if (!curve.has(i)) curve.set(i, learn(counts(level)[i][target], grammar));
    return curve.get(i);
}

const words = {
    token: level => level === 0
        ? "At the lowest level a cousin's element is a token: tokens and latents are the same target, and equally good."
        : `Between the cousin and a token below it lie ${level + 1} rules: the rings shrink by about √m = 2 for each, `
            + "and the noise does not.",
    latent: () => "One rule between the cousin and its element, at every level: as many strings at level 3 as at level 1.",
    own: () => "No rule in between: the rings lie twice as far apart, a quarter of the strings does. The learner does not know this "
        + "latent yet; its current guess serves.",
    label: level => {
        const rulesAbove = depth - 2 - level;
        return `The root ${rulesAbove === 0 ? "is the grandparent" : `lies ${rulesAbove} rules above the grandparent`}: `
            + "labels find the highest level first and pay for each level below.";
    },
};

function drawCloud(level, target, i) {
    const width = 520, height = 420, middle = [width / 2, height / 2];
    const exact = contexts[level][target];
    const { mean, axes } = principalAxes(exact);
    // One scale for all targets of a level, so that what shrinks is seen to shrink.
    const reach = Math.max(...targets.filter(t => t !== "label").map(t => {
        const { mean, axes } = principalAxes(contexts[level][t]);
        const along = (vector, axis) => vector.reduce((sum, x, d) => sum + (x - mean[d]) * axis[d], 0);
        return Math.max(...contexts[level][t].map(vector => Math.hypot(...axes.map(axis => along(vector, axis)))));
    }));
    const scale = (height / 2 - 20) / reach;
    const at = vector => axes.map((axis, k) => middle[k] + scale * vector.reduce((sum, x, d) => sum + (x - mean[d]) * axis[d], 0));
    const svg = svgElement("svg", { viewBox: `0 0 ${width} ${height}`, role: "img",
        "aria-label": "Contexts of all tuples, along the two directions in which those of the symbols differ most" },
        svgElement("rect", { x: 1, y: 1, width: width - 2, height: height - 2, class: "simplex" }));
    const measured = laws(counts(level)[i][target]);
    measured.forEach((law, tuple) => {
        if (!law) return;
        const parent = Math.floor(tuple / multiplicity), [x, y] = at(exact[parent]), [u, w] = at(law);
        svg.append(svgElement("line", { x1: x, y1: y, x2: u, y2: w, class: `error value${parent}` }),
            svgElement("circle", { cx: u, cy: w, r: 4, class: `measured value${parent}` }));
    });
    exact.forEach((vector, parent) => {
        const [x, y] = at(vector);
        svg.append(svgElement("g", { class: `symbol ring value${parent}` }, svgElement("circle", { cx: x, cy: y, r: 9 }),
            svgElement("text", { x, y: y + 4 }, text(letter(1, parent)))));
    });
    get("cloud").replaceChildren(svg);
    const found = accuracy(level, target, i), seen = measured.filter(law => law).length;
    get("note").textContent = `${sizes[i].toLocaleString("en")} strings: ${seen} of ${measured.length} tuples seen, `
        + `${Math.round(100 * found)}% put with their synonyms. ${words[target](level)}`;
}

const names = { own: "own latent", latent: "latent", token: "token", label: "label" };
function drawCurve(level) {
    const width = 520, height = 420, left = 56, bottom = 52, top = 16, right = 34;
    const x = i => left + (width - left - right) * i / (sizes.length - 1), y = a => top + (height - top - bottom) * (1 - a);
    const svg = svgElement("svg", { viewBox: `0 0 ${width} ${height}`, class: "plot", role: "img",
        "aria-label": "Share of tuples put with their synonyms against the number of strings, by target" });
    for (const a of [0, 0.5, 1]) svg.append(svgElement("line", { x1: left, x2: width - right, y1: y(a), y2: y(a), class: "axis" }),
        svgElement("text", { x: left - 8, y: y(a) + 5, "text-anchor": "end" }, text(`${100 * a}%`)));
    for (let power = 2; power <= 5; power++) {
        const place = { x: x(4 * (power - 2)), y: height - bottom + 24, "text-anchor": "middle" };
        svg.append(svgElement("text", place, text((10 ** power).toLocaleString("en"))));
    }
    svg.append(svgElement("text", { x: (left + width) / 2, y: height - 6, "text-anchor": "middle" }, text("strings P")));
    for (const target of targets) {
        const curve = [...(known.get(`${level}-${target}`) ?? [])].sort((a, b) => a[0] - b[0]);
        if (curve.length === 0) continue;
        svg.append(svgElement("path", { class: `curve ${target}`, d: `M${curve.map(([i, a]) => `${x(i)},${y(a)}`).join("L")}` }),
            ...curve.map(([i, a]) => svgElement("circle", { cx: x(i), cy: y(a), r: 4, class: `curve ${target}` })));
        const [i, a] = curve.reduce((best, point) => Math.abs(point[1] - 0.6) < Math.abs(best[1] - 0.6) ? point : best);
        svg.append(svgElement("text", { x: x(i) + 9, y: y(a) + 5, class: `curve-name ${target}` }, text(names[target])));
    }
    get("curve").replaceChildren(svg);
}

const state = () => ({
    level: Number(get("level").value),
    target: document.querySelector("input[name=target]:checked").value,
    i: Math.round((Number(get("strings").value) - 2) * 4),
});
function draw() {
    const { level, target, i } = state();
    get("strings-value").textContent = sizes[i].toLocaleString("en");
    get("up").disabled = level === 2;
    drawCloud(level, target, i);
    drawCurve(level);
}

get("derive").addEventListener("click", () => { newDerivation(); drawTree(); });
for (const id of ["level", "strings"]) get(id).addEventListener("input", draw);
for (const radio of document.querySelectorAll("input[name=target]")) radio.addEventListener("input", draw);
get("up").addEventListener("click", () => { get("level").value = state().level + 1; draw(); });
get("all").addEventListener("click", () => {
    for (const target of targets) sizes.forEach((_, i) => accuracy(state().level, target, i));
    draw();
});
newDerivation();
drawTree();
draw();

// The dependency graph of claims. The address says what is shown: #premises=ID is what a claim rests on, #consequences=ID what rests
// on it, nothing is everything. Layout by dagre.
import { graphlib, layout } from "@dagrejs/dagre";

const claims = JSON.parse(document.getElementById("graph-data").textContent);
const byId = new Map(claims.map(claim => [claim.id, claim]));
const consequences = new Map(claims.map(claim => [claim.id, []]));
for (const claim of claims) for (const premise of claim.restsOn) consequences.get(premise).push(claim.id);

const host = document.getElementById("graph");
const direction = document.getElementById("direction");
const focus = document.getElementById("focus");
const status = document.getElementById("status");

const element = (name, attributes = {}, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
};

// Words of an identifier on lines of at most 18 characters.
function wrap(text) {
    const lines = [""];
    for (const word of text.split("-")) {
        const line = lines[lines.length - 1];
        if (line && line.length + word.length > 17) lines.push(word);
        else lines[lines.length - 1] = line ? `${line} ${word}` : word;
    }
    return lines;
}

function reachable(start, next) {
    const seen = new Set([start]);
    const queue = [start];
    while (queue.length > 0) for (const id of next(queue.pop())) if (!seen.has(id)) { seen.add(id); queue.push(id); }
    return seen;
}

function view() {
    const [key, id] = decodeURIComponent(location.hash.slice(1)).split("=");
    if (!byId.has(id)) return { key: "all", id: null, shown: new Set(byId.keys()) };
    if (key === "premises") return { key, id, shown: reachable(id, i => byId.get(i).restsOn) };
    if (key === "consequences") return { key, id, shown: reachable(id, i => consequences.get(i)) };
    return { key: "all", id: null, shown: new Set(byId.keys()) };
}

const smooth = points => {
    const [first, ...rest] = points;
    let path = `M${first.x},${first.y}`;
    for (let i = 0; i < rest.length - 1; i++) {
        const end = i === rest.length - 2 ? rest[i + 1] : { x: (rest[i].x + rest[i + 1].x) / 2, y: (rest[i].y + rest[i + 1].y) / 2 };
        path += `Q${rest[i].x},${rest[i].y} ${end.x},${end.y}`;
    }
    if (rest.length === 1) path += `L${rest[0].x},${rest[0].y}`;
    return path;
};

function draw() {
    const { key, id, shown } = view();
    const graph = new graphlib.Graph();
    graph.setGraph({ rankdir: "LR", nodesep: 9, edgesep: 6, ranksep: 26, marginx: 6, marginy: 6 });
    graph.setDefaultEdgeLabel(() => ({}));
    for (const claim of claims) {
        if (!shown.has(claim.id)) continue;
        const lines = wrap(claim.name);
        const longest = Math.max(17, ...lines.map(line => line.length));
        graph.setNode(claim.id, { lines, width: 20 + 6.5 * longest, height: 26 + 14 * lines.length });
    }
    for (const claim of claims)
        for (const premise of claim.restsOn)
            if (shown.has(claim.id) && shown.has(premise)) graph.setEdge(premise, claim.id);
    layout(graph);

    const { width, height } = graph.graph();
    const arrow = { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" };
    const label = "Graph of claims; an arrow leads from a premise to what rests on it";
    const size = { viewBox: `0 0 ${width} ${height}`, width, height, style: `--width: ${width}px` };
    const svg = element("svg", { ...size, role: "group", "aria-label": label },
        element("defs", {}, element("marker", arrow, element("path", { d: "M0,0L8,4L0,8z", class: "arrow" }))));
    for (const edge of graph.edges())
        svg.append(element("path", {
            class: "edge", d: smooth(graph.edge(edge).points), "marker-end": "url(#arrow)", "data-from": edge.v, "data-to": edge.w,
        }));
    // In the order of the appendix, so that the tabulator key walks through it.
    for (const claim of claims) {
        if (!shown.has(claim.id)) continue;
        const { x, y, width, height, lines } = graph.node(claim.id);
        const left = x - width / 2, top = y - height / 2;
        const sign = { established: "✓", compatible: "≈", undecided: "?", contradicted: "✗" }[claim.verdict];
        const tag = `${sign} ${claim.number} · ${claim.kind}`;
        const style = `node ${claim.kind} ${claim.verdict}${claim.id === id ? " focus" : ""}`;
        const link = element("a", { href: claim.href, class: style, "data-id": claim.id },
            element("rect", { x: left, y: top, width, height, rx: claim.kind === "identity" ? 14 : 4 }),
            element("text", { x: left + 10, y: top + 15, class: "tag" }, document.createTextNode(`${tag} `)));
        lines.forEach((line, i) =>
            link.append(element("text", { x: left + 10, y: top + 31 + 14 * i, class: "name" }, document.createTextNode(`${line} `))));
        const touches = edge => edge.dataset.from === claim.id || edge.dataset.to === claim.id;
        const mark = on => svg.querySelectorAll(".edge").forEach(edge => edge.classList.toggle("near", on && touches(edge)));
        link.addEventListener("mouseenter", () => mark(true));
        link.addEventListener("focus", () => mark(true));
        link.addEventListener("mouseleave", () => mark(false));
        link.addEventListener("blur", () => mark(false));
        svg.append(link);
    }
    host.replaceChildren(svg);
    direction.value = key;
    if (id) focus.value = id;
    focus.disabled = key === "all";
    const around = key === "premises" ? "what it rests on" : "what rests on it";
    status.textContent = key === "all" ? `All ${claims.length} claims.`
        : `${shown.size} of ${claims.length} claims: claim ${byId.get(id).number} and ${around}. `
            + "The address of this page leads back to this view.";
    svg.querySelector(".focus")?.scrollIntoView({ block: "nearest", inline: "center" });
}

const choose = () => {
    location.hash = direction.value === "all" ? "" : `${direction.value}=${focus.value}`;
};
direction.addEventListener("change", choose);
focus.addEventListener("change", choose);
addEventListener("hashchange", draw);
draw();

// The table of claims by verdict, chapter and words.
const get = id => document.getElementById(id);
const rows = [...document.querySelectorAll("table.claims tbody tr")];

function show() {
    const verdict = get("verdict").value, chapter = get("chapter").value;
    const words = get("search").value.toLowerCase().split(/\s+/).filter(word => word);
    let count = 0;
    for (const row of rows) {
        const text = row.textContent.toLowerCase();
        const shown = (!verdict || row.dataset.verdict === verdict)
            && (!chapter || row.closest("section").dataset.chapter === chapter) && words.every(word => text.includes(word));
        row.hidden = !shown;
        if (shown) count++;
    }
    for (const section of document.querySelectorAll("section[data-chapter]"))
        section.hidden = ![...section.querySelectorAll("tbody tr")].some(row => !row.hidden);
    get("shown").textContent = `${count} of ${rows.length} claims`;
}
for (const id of ["verdict", "chapter", "search"]) get(id).addEventListener("input", show);
show();

// Formulas stand in the page as plain text with their LaTeX beside them; KaTeX sets them (HTML for the eye, MathML for screen readers).
import katex from "katex";

for (const element of document.querySelectorAll("[data-tex]"))
    katex.render(element.dataset.tex, element, { displayMode: element.dataset.display !== undefined, throwOnError: true });

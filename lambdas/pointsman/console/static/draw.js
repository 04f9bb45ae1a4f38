// Elements, tables and plots. Every text goes in as text, so nothing a model or a person wrote is taken for markup.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

// `columns`: [title, row => text or element, "number" where it is one].
export function table(target, columns, rows, style = () => "") {
  const head = element("tr", {}, ...columns.map(([title, , kind]) => element("th", { class: kind ?? "" }, title)));
  const body = rows.map((row) =>
    element("tr", { class: style(row) }, ...columns.map(([, cell, kind]) => element("td", { class: kind ?? "" }, cell(row)))));
  target.replaceChildren(element("thead", {}, head), element("tbody", {}, ...body));
}

export function pairs(target, entries) {
  target.replaceChildren(...entries.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]));
}

// So many places after the point as show this many digits that count, two at least.
const places = (nano, digits) => (nano ? Math.min(9, Math.max(2, digits - 1 - Math.floor(Math.log10(Math.abs(nano) / 1e9)))) : 2);

export const usd = (nano) => (nano / 1e9).toFixed(places(nano, 3));

// The next of 1, 2, 5, 10, 20 …: its half has two digits at most.
export function above(value) {
  const unit = 10 ** Math.floor(Math.log10(value));
  return unit * [1, 2, 5, 10].find((times) => times * unit >= value);
}

const SVG = "http://www.w3.org/2000/svg";

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// Bars of what was spent with what was saved on top; `rows`: { label, spent, saved } in nano-dollars.
export function bars(target, rows) {
  if (!rows.length) return target.replaceChildren(element("p", { class: "note" }, "Nothing yet."));
  const [width, height, left, bottom] = [900, 240, 60, 24];
  const top = above(Math.max(...rows.map((row) => row.spent + Math.max(0, row.saved)), 1));
  const step = (width - left) / rows.length;
  const y = (nano) => (height - bottom) * (1 - (nano / top) * 0.92);
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
  for (const part of [0, 0.5, 1]) {
    svg.append(shape("line", { x1: left, x2: width, y1: y(top * part), y2: y(top * part), class: "axis" }));
    svg.append(shape("text", { x: left - 6, y: y(top * part) + 4, "text-anchor": "end" }, ((top * part) / 1e9).toFixed(places(top, 2))));
  }
  rows.forEach((row, index) => {
    const [x, wide] = [left + step * (index + 0.15), Math.min(step * 0.7, 90)];
    const saved = Math.max(0, row.saved);
    const bar = (from, to, kind) => {
      const made = shape("rect", { x, width: wide, y: y(to), height: Math.max(0, y(from) - y(to)), class: kind });
      made.append(shape("title", {}, `${row.label}: spent $${usd(row.spent)}, saved $${usd(row.saved)}`));
      svg.append(made);
    };
    bar(0, row.spent, "spent");
    bar(row.spent, row.spent + saved, "saved");
    if (index % Math.ceil(rows.length / 12) === 0) {
      svg.append(shape("text", { x: x + wide / 2, y: height - 6, "text-anchor": "middle" }, row.label));
    }
  });
  target.replaceChildren(svg, legend());
}

function legend() {
  const svg = shape("svg", { viewBox: "0 0 900 18" });
  [["spent", 60], ["saved", 140]].forEach(([name, x]) => {
    svg.append(shape("rect", { x, y: 4, width: 12, height: 12, class: name }), shape("text", { x: x + 18, y: 14 }, name));
  });
  return svg;
}

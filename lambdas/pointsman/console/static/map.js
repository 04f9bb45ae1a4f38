// The live map as tables, two versions compared, and prompts tried against an edited map.

import { get, post } from "./api.js";
import { element, table, usd } from "./draw.js";

const at = (id) => document.querySelector(`#${id}`);
const EXAMPLES = [
  "What is the capital of Australia?",
  "Translate 'Where is the nearest pharmacy?' into Spanish.",
  "Write a Python function that merges overlapping intervals and explain its complexity.",
  "Prove that sqrt(2) is irrational",
];
const PARTS = ["settings", "tiers", "routes"];

let live;

export async function enter() {
  const { map, source } = await get("map");
  live = map;
  at("map-head").textContent = `Version ${map.version} (${source}), published ${map.published_at || "never"} by ${map.author}.`;
  drawTiers(map);
  drawRoutes(map);
  at("to").value ||= map.version;
  at("from").value ||= Math.max(1, map.version - 1);
  at("prompts").value ||= EXAMPLES.join("\n");
  at("edited").value ||= JSON.stringify(Object.fromEntries(PARTS.map((part) => [part, map[part]])), null, 2);
}

export function start(action) {
  action(at("compare"), "submit", compare);
  action(at("simulate"), "submit", simulate);
}

function drawTiers(map) {
  const above = (tier) => (tier.escalate_to ? 1 + above(map.tiers[tier.escalate_to]) : 0);
  const rows = Object.values(map.tiers).sort((a, b) => above(b) - above(a)).flatMap((tier) =>
    tier.candidates.map((candidate, index) => ({ tier: index ? "" : tier.name, model: map.models[candidate.model] })));
  table(at("tiers"), [
    ["tier", (row) => row.tier],
    ["model", (row) => element("span", { class: row.model.enabled ? "" : "off" }, row.model.alias)],
    ["in $/M", (row) => usd(row.model.prices.input), "number"],
    ["out $/M", (row) => usd(row.model.prices.output), "number"],
  ], rows);
}

function drawRoutes(map) {
  const bands = map.settings.bands.map(({ name, below }, index) => [
    index < map.settings.bands.length - 1 ? `${name} < ${below}` : name,
    (route) => route.tiers[name] ?? "",
  ]);
  table(at("routes"), [["task", (route) => route.task], ...bands], Object.values(map.routes));
}

async function compare() {
  const [from, to] = await Promise.all(["from", "to"].map((id) => get(`map/versions/${at(id).value}`)));
  const [before, after] = [flat(from.map), flat(to.map)];
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const changed = paths.filter((path) => before[path] !== after[path]);
  table(at("diff"), [
    ["what", (path) => path],
    [`version ${from.map.version}`, (path) => before[path] ?? "–"],
    [`version ${to.map.version}`, (path) => after[path] ?? "–"],
  ], changed);
}

// { "tiers.economy.timeout": "30", … }
function flat(value, path = "", into = {}) {
  if (value !== null && typeof value === "object") {
    for (const [name, inner] of Object.entries(value)) flat(inner, path ? `${path}.${name}` : name, into);
  } else if (value !== null) into[path] = JSON.stringify(value);
  return into;
}

async function simulate() {
  const prompts = at("prompts").value.split("\n").filter((line) => line.trim());
  let parts;
  try {
    parts = JSON.parse(at("edited").value);
  } catch (error) {
    throw new Error(`The edited map is not JSON: ${error.message}`);
  }
  const found = await post("map/simulate", { prompts, map: { ...live, ...parts } });
  at("simulated-head").textContent = `${found.moved} of ${prompts.length} prompts move. About $${usd(found.cost_nano.now)} now, ` +
    `$${usd(found.cost_nano.then)} then, for answers of ${found.output_tokens} tokens.`;
  const side = (name) => (row) => row[name].problem ?? `${row[name].tier}: ${row[name].model}`;
  table(at("simulated"), [
    ["prompt", (row) => row.prompt],
    ["task", (row) => row.now.task ?? ""],
    ["complexity", (row) => row.now.complexity?.toFixed(2) ?? "", "number"],
    ["now", side("now")],
    ["then", side("then")],
    ["now $", (row) => usd(row.now.cost_nano), "number"],
    ["then $", (row) => usd(row.then.cost_nano), "number"],
  ], found.rows.map((row, index) => ({ ...row, prompt: prompts[index] })),
  (row) => (row.now.model !== row.then.model ? "moved" : ""));
}

// One prompt: where it would go and why, then the answer as it is written, and what it cost beside the baseline.

import { chat, get, post } from "./api.js";
import { element, pairs, table } from "./draw.js";

const WEIGHTIEST = 8;
const at = (id) => document.querySelector(`#${id}`);

const body = () => ({
  model: at("model").value,
  max_tokens: Number(at("max").value) || undefined,
  messages: [{ role: "user", content: at("prompt").value }],
});

export async function enter() {
  const { data } = await get("models");
  const chosen = at("model").value;
  at("model").replaceChildren(...data.map(({ id }) => element("option", {}, id)));
  at("model").value = data.some(({ id }) => id === chosen) ? chosen : "auto";
}

export function start(action) {
  action(at("explain"), "click", explain);
  action(at("ask"), "submit", async () => {
    await explain();
    await send();
  });
}

async function explain() {
  at("answer").textContent = ""; // they are of the prompt before
  at("cost").replaceChildren();
  const found = await post("route", body());
  pairs(at("decision"), [
    ["model", `${found.model} (${found.provider})`],
    ["tier", found.tier],
    ["task", found.task],
    ["complexity", `${found.complexity.toFixed(2)} (${found.band})`],
    ["confidence", found.confidence.toFixed(2)],
    ["why", found.reason],
    ["fallbacks", found.fallbacks.map(({ model }) => model).join(", ") || "none"],
    ["map", `version ${found.map_version} (${found.map_source})`],
  ]);
  const columns = [
    ["of the", (row) => row.kind],
    ["signal", (row) => row.name],
    ["weight", (row) => row.weight.toFixed(2), "number"],
  ];
  const signals = element("table");
  table(signals, columns, shortened(found.signals));
  at("signals").replaceChildren(signals);
}

// The weightiest of the complexity's, and the others as one, so that what is shown adds up.
function shortened(signals) {
  const of = (kind) => signals.filter((signal) => signal.kind === kind);
  const others = of("complexity").slice(WEIGHTIEST);
  const weight = others.reduce((sum, signal) => sum + signal.weight, 0);
  const rest = others.length ? [{ kind: "complexity", name: `${others.length} others`, weight }] : [];
  return [...of("task"), ...of("complexity").slice(0, WEIGHTIEST), ...rest];
}

async function send() {
  const stream = chat(body());
  for (;;) {
    const { value, done } = await stream.next();
    if (done) return told(value);
    at("answer").append(value);
  }
}

function told(trailer) {
  const [cost, baseline] = [Number(trailer["cost-usd"]), Number(trailer["baseline-cost-usd"])];
  const saved = baseline ? `${Math.round(100 * (1 - cost / baseline))} %` : "–";
  const list = element("dl", { id: "bill" });
  pairs(list, [
    ["answered by", `${trailer.model} (${trailer.tier})`],
    ["cost", `$${trailer["cost-usd"]}`],
    ["at the baseline", `$${trailer["baseline-cost-usd"]}`],
    ["saved", saved],
    ["request", trailer["request-id"]],
  ]);
  at("cost").replaceChildren(list);
}

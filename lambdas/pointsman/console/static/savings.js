// What the deployment spent and saved.

import { get } from "./api.js";
import { bars, usd } from "./draw.js";

const at = (id) => document.querySelector(`#${id}`);

export function start(action) {
  action(at("since"), "submit", enter);
}

export async function enter() {
  const { hours, tiers } = await get(`savings?hours=${at("hours").value}`);
  const [spent, saved] = ["cost_nano", "saved_nano"].map((side) => hours.reduce((sum, hour) => sum + hour[side], 0));
  const share = spent + saved > 0 ? ` (${Math.round((100 * saved) / (spent + saved))} % of the baseline)` : "";
  at("savings-head").textContent = `Spent $${usd(spent)}, saved $${usd(saved)}${share}.`;
  const row = (label, from) => ({ label, spent: from.cost_nano, saved: from.saved_nano });
  bars(at("by-hour"), hours.map((hour) => row(moment(hour.at), hour)));
  bars(at("by-tier"), tiers.map((tier) => row(tier.tier, tier)));
}

const moment = (iso) => new Date(iso).toLocaleString([], { month: "short", day: "numeric", hour: "2-digit" });

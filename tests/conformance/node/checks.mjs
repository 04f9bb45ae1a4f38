// What every client script shares: where the router is, and how a check is told. Exits with the first that fails.
import assert from "node:assert/strict";

export const ROOT = process.env.ROUTER_URL;
export const KEY = process.env.ROUTER_KEY;
export const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
export const SAID = "Paris, en été.";
export const SCHEMA = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };

export async function run(checks) {
  for (const model of process.env.MODELS.split(",")) {
    for (const [name, check] of Object.entries(checks)) {
      console.log(model, name);
      await check(model);
    }
  }
  console.log(JSON.stringify(Object.keys(checks).sort()));
}

export { assert };

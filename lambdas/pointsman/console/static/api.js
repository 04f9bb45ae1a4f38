// The endpoint's API, as the page's place tells where it is; the key stays in this tab.

const BASE = new URL("../v1/", location.href);

export const key = {
  get: () => sessionStorage.getItem("key") ?? "",
  set: (value) => sessionStorage.setItem("key", value),
};

export class Refused extends Error {}

async function call(path, options = {}) {
  const headers = { authorization: `Bearer ${key.get()}`, "content-type": "application/json" };
  const response = await fetch(new URL(path, BASE), { ...options, headers });
  if (response.ok) return response;
  let message = `${response.status} ${response.statusText}`;
  try {
    message = (await response.json()).error.message;
  } catch { /* not one of our errors: the status must do */ }
  throw new Refused(message);
}

export const get = async (path) => (await call(path)).json();

export const post = async (path, body) => (await call(path, { method: "POST", body: JSON.stringify(body) })).json();

// Gives each text as it comes; returns what the stream's last comment says: { "cost-usd": …, … }.
export async function* chat(body) {
  const response = await call("chat/completions", { method: "POST", body: JSON.stringify({ ...body, stream: true }) });
  const trailer = {};
  for await (const line of lines(response.body)) {
    if (line.startsWith(": pointsman ")) {
      for (const pair of line.slice(12).split(" ")) trailer[pair.split("=")[0]] = pair.split("=")[1];
    } else if (line.startsWith("data: {")) {
      const event = JSON.parse(line.slice(6));
      if (event.error) throw new Refused(event.error.message);
      const text = event.choices?.[0]?.delta?.content;
      if (text) yield text;
    }
  }
  const head = (name) => response.headers.get(`x-router-${name}`) ?? trailer[name];
  return { ...trailer, model: head("model"), tier: head("tier") };
}

async function* lines(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    const parts = (rest + (value ?? "")).split(/\r\n|\n|\r/);
    rest = parts.pop();
    yield* parts;
    if (done) return;
  }
}

// Anthropic's client.
import Anthropic from "@anthropic-ai/sdk";
import { assert, KEY, PIXEL, ROOT, run, SAID, SCHEMA } from "./checks.mjs";

const client = new Anthropic({ baseURL: ROOT, apiKey: KEY, maxRetries: 0 });
const user = (content) => [{ role: "user", content }];
const ask = (model, messages, more = {}) => client.messages.create({ model, max_tokens: 50, messages, ...more });
const tools = [{ name: "weather", input_schema: SCHEMA }];

await run({
  async chat(model) {
    assert.equal((await ask(model, user("Where?"), { system: "Be brief." })).content[0].text, SAID);
  },
  async usage(model) {
    const { usage } = await ask(model, user("Where?"));
    assert.deepEqual([usage.input_tokens, usage.output_tokens], [12, 5]);
  },
  async stream(model) {
    const stream = client.messages.stream({ model, max_tokens: 50, messages: user("Slow! Where?") });
    assert.equal(await stream.finalText(), SAID);
    assert.equal((await stream.finalMessage()).usage.output_tokens, 5);
  },
  async tools(model) {
    const messages = user("Twice! Weather?");
    const called = await client.messages.stream({ model, max_tokens: 50, messages, tools }).finalMessage();
    const calls = called.content.filter(({ type }) => type === "tool_use");
    assert.deepEqual(calls.map(({ input }) => input), [{ city: "Oslo" }, { city: "Oslo" }]);
    const results = calls.map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: "Rain." }));
    messages.push({ role: "assistant", content: called.content }, { role: "user", content: results });
    assert.equal((await ask(model, messages, { tools })).content[0].text, "It rains.");
  },
  async structured(model) {
    const output_config = { format: { type: "json_schema", schema: SCHEMA } };
    assert.deepEqual(JSON.parse((await ask(model, user("Where?"), { output_config })).content[0].text), { city: "Oslo" });
  },
  async image(model) {
    const source = { type: "base64", media_type: "image/png", data: PIXEL };
    const answer = await ask(model, user([{ type: "text", text: "What?" }, { type: "image", source }]));
    assert.equal(answer.content[0].text, "I see an image.");
  },
  async error(model) {
    await assert.rejects(ask(model, user("Busy!")), Anthropic.RateLimitError);
  },
  async cancel(model) {
    const stream = await ask(model, user("For ever!"), { stream: true });
    let count = 0;
    for await (const _ of stream) if (++count === 6) break;
  },
});

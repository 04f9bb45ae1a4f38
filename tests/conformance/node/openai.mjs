// OpenAI's client: Chat Completions and Responses.
import OpenAI from "openai";
import { assert, KEY, PIXEL, ROOT, run, SAID, SCHEMA } from "./checks.mjs";

const client = new OpenAI({ baseURL: `${ROOT}/v1`, apiKey: KEY, maxRetries: 0 });
const user = (content) => [{ role: "user", content }];
const TOOLS = [{ type: "function", function: { name: "weather", parameters: SCHEMA } }];
const FLAT = [{ type: "function", name: "weather", parameters: SCHEMA, strict: true }];
const IMAGE = `data:image/png;base64,${PIXEL}`;

await run({
  async chat(model) {
    const answer = await client.chat.completions.create({ model, messages: user("Where?") });
    assert.equal(answer.choices[0].message.content, SAID);
    assert.equal((await client.responses.create({ model, input: "Where?" })).output_text, SAID);
  },
  async usage(model) {
    const { usage } = await client.chat.completions.create({ model, messages: user("Where?") });
    assert.deepEqual([usage.prompt_tokens, usage.completion_tokens], [12, 5]);
    assert.equal((await client.responses.create({ model, input: "Where?" })).usage.total_tokens, 17);
  },
  async stream(model) {
    const stream = client.chat.completions.stream({ model, messages: user("Slow! Where?"), stream_options: { include_usage: true } });
    const answer = await stream.finalChatCompletion();
    assert.equal(answer.choices[0].message.content, SAID);
    assert.equal(answer.usage.total_tokens, 17);
    const response = await client.responses.stream({ model, input: "Slow! Where?" }).finalResponse();
    assert.equal(response.output_text, SAID);
  },
  async tools(model) {
    const messages = user("Twice! Weather?");
    const called = (await client.chat.completions.create({ model, messages, tools: TOOLS })).choices[0].message;
    assert.equal(called.tool_calls.length, 2);
    messages.push(called, ...called.tool_calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "Rain." })));
    const done = await client.chat.completions.create({ model, messages, tools: TOOLS });
    assert.equal(done.choices[0].message.content, "It rains.");

    const input = user("Twice! Weather?");
    const first = await client.responses.create({ model, input, tools: FLAT });
    const calls = first.output.filter(({ type }) => type === "function_call");
    assert.equal(calls.length, 2);
    input.push(...first.output, ...calls.map(({ call_id }) => ({ type: "function_call_output", call_id, output: "Rain." })));
    assert.equal((await client.responses.create({ model, input, tools: FLAT })).output_text, "It rains.");
  },
  async structured(model) {
    const response_format = { type: "json_schema", json_schema: { name: "city", schema: SCHEMA, strict: true } };
    const answer = await client.chat.completions.parse({ model, messages: user("Where?"), response_format });
    assert.deepEqual(answer.choices[0].message.parsed, { city: "Oslo" });
    const text = { format: { type: "json_schema", name: "city", schema: SCHEMA, strict: true } };
    assert.deepEqual((await client.responses.parse({ model, input: "Where?", text })).output_parsed, { city: "Oslo" });
  },
  async image(model) {
    const content = [{ type: "text", text: "What?" }, { type: "image_url", image_url: { url: IMAGE } }];
    const answer = await client.chat.completions.create({ model, messages: user(content) });
    assert.equal(answer.choices[0].message.content, "I see an image.");
    const parts = [{ type: "input_text", text: "What?" }, { type: "input_image", image_url: IMAGE, detail: "auto" }];
    assert.equal((await client.responses.create({ model, input: user(parts) })).output_text, "I see an image.");
  },
  async error(model) {
    await assert.rejects(client.chat.completions.create({ model, messages: user("Busy!") }), OpenAI.RateLimitError);
    await assert.rejects(client.responses.create({ model, input: "Busy!" }), OpenAI.RateLimitError);
  },
  async cancel(model) {
    const stream = await client.chat.completions.create({ model, messages: user("For ever!"), stream: true });
    let count = 0;
    for await (const _ of stream) if (++count === 5) break;
  },
});

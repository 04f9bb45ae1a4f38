// Vercel's AI SDK: OpenAI by Chat Completions and by Responses, and Anthropic.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { assert, KEY, PIXEL, ROOT, run, SAID } from "./checks.mjs";

const openai = createOpenAI({ baseURL: `${ROOT}/v1`, apiKey: KEY });
const anthropic = createAnthropic({ baseURL: `${ROOT}/v1`, apiKey: KEY });
const City = z.object({ city: z.string() });
const tools = { weather: tool({ inputSchema: City, execute: async ({ city }) => `Rain in ${city}.` }) };

const ways = (check) => async (name) => {
  for (const model of [openai.chat(name), openai.responses(name), anthropic(name)]) await check(model);
};
const ask = (model, more) => generateText({ model, maxRetries: 0, ...more });

await run({
  chat: ways(async (model) => assert.equal((await ask(model, { prompt: "Where?" })).text, SAID)),
  usage: ways(async (model) => {
    const { usage } = await ask(model, { prompt: "Where?" });
    assert.deepEqual([usage.inputTokens, usage.outputTokens], [12, 5]);
  }),
  stream: ways(async (model) => {
    const stream = streamText({ model, maxRetries: 0, prompt: "Slow! Where?" });
    let text = "";
    for await (const piece of stream.textStream) text += piece;
    assert.equal(text, SAID);
    assert.equal((await stream.usage).outputTokens, 5);
  }),
  tools: ways(async (model) => {
    const done = await ask(model, { prompt: "Twice! Weather?", tools, stopWhen: stepCountIs(3) });
    assert.equal(done.steps[0].toolCalls.length, 2);
    assert.equal(done.text, "It rains.");
    const stream = streamText({ model, maxRetries: 0, prompt: "Twice! Weather?", tools, stopWhen: stepCountIs(3) });
    await stream.consumeStream();
    assert.equal(await stream.text, "It rains.");
  }),
  structured: ways(async (model) => {
    const { output } = await ask(model, { prompt: "Where?", output: Output.object({ schema: City }) });
    assert.deepEqual(output, { city: "Oslo" });
  }),
  image: ways(async (model) => {
    const content = [{ type: "text", text: "What?" }, { type: "image", image: Buffer.from(PIXEL, "base64"), mediaType: "image/png" }];
    assert.equal((await ask(model, { messages: [{ role: "user", content }] })).text, "I see an image.");
  }),
  error: ways((model) => assert.rejects(ask(model, { prompt: "Busy!" }), { statusCode: 429 })),
  cancel: ways(async (model) => {
    const leave = new AbortController();
    const stream = streamText({ model, maxRetries: 0, prompt: "For ever!", abortSignal: leave.signal, onError() {} });
    let count = 0;
    for await (const _ of stream.textStream) if (++count === 5) leave.abort();
  }),
});

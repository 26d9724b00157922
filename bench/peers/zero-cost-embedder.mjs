// An OpenAI-compatible endpoint that answers at once, so that what is measured is each tool's own pipeline.
import { createServer } from "node:http";

const DIMENSIONS = 384;

const server = createServer((request, response) => {
  const body = [];
  request.on("data", (part) => body.push(part));
  request.on("end", () => {
    if (request.method === "GET") return answer(response, { object: "list", data: [{ id: "zero", object: "model" }] });
    const { input, encoding_format: encoding } = JSON.parse(Buffer.concat(body).toString());
    const texts = Array.isArray(input) ? input : [input];
    const data = texts.map((text, index) => ({ object: "embedding", index, embedding: embed(text, encoding) }));
    return answer(response, { object: "list", model: "zero", data, usage: { prompt_tokens: 0, total_tokens: 0 } });
  });
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));

function embed(text, encoding) {
  const vector = new Float32Array(DIMENSIONS);
  let state = 2166136261;
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), 16777619);
  for (let index = 0; index < DIMENSIONS; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    vector[index] = state / 2 ** 31 / 11.3;
  }
  return encoding === "base64" ? Buffer.from(vector.buffer).toString("base64") : Array.from(vector);
}

function answer(response, value) {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

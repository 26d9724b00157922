// The least that a server in Node can do for a request for embeddings: reads the body, parses it, and answers with as many
// vectors of so many bytes, which it has ready. Nothing is checked, queued, counted or computed: node bare-server.mjs BYTES
import { createServer } from "node:http";

const vector = Buffer.alloc(Number(process.argv[2]), 7).toString("base64");
const server = createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const { input } = JSON.parse(Buffer.concat(pieces).toString("utf8"));
    const vectors = [input].flat().map((_, index) => `{"object":"embedding","index":${index},"embedding":"${vector}"}`);
    const body = `{"object":"list","data":[${vectors.join(",")}],"usage":{"prompt_tokens":1,"total_tokens":1}}`;
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    response.end(body, "latin1");
  });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));

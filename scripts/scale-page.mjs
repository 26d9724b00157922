// docs/scale.md: words around tables that src/store/plan.ts computes.

const M = 1_000_000;
const GIB = 2 ** 30;

/** The page, from the planner, the figures that it reckons with, and what benchmarks measured at a million vectors. */
export function scalePage(planStore, FIGURES, measured) {
  const { million } = measured;
  const plan = (vectors, dimensions, replicas = 1, quantization = "int8") =>
    planStore({ vectors, dimensions, replicas, quantization });
  const embedded = [0.01, 0.1, 1, 2, 5].map((millions) => {
    const { memory, disk, searchMs } = plan(millions * M, 384).embedded;
    return [
      count(millions * M),
      bytes(disk),
      bytes(memory),
      `${searchMs < 10 ? searchMs.toFixed(1) : Math.round(searchMs)} ms`,
    ];
  });
  const servers = [1, 5, 10, 50, 100].flatMap((millions) =>
    [384, 768].map((dimensions) => {
      const one = plan(millions * M, dimensions);
      const two = plan(millions * M, dimensions, 2);
      const machines = ({ nodes, node }) => `${nodes} × ${Math.round(node.memory / GIB)} GiB, ${bytes(node.disk)}`;
      return [
        count(millions * M),
        String(dimensions),
        bytes(one.copy.memory),
        machines(one),
        machines(two),
        String(two.shards),
      ];
    }),
  );
  const example = plan(10 * M, 768, 2);
  const parts = example.parts.map(({ name, memory, disk }) => [name, bytes(memory), bytes(disk)]);
  const choices = ["int8", "binary", "none"].map((quantization) => {
    const { copy } = plan(10 * M, 768, 1, quantization);
    return [`\`${quantization}\``, bytes(copy.memory), bytes(copy.disk)];
  });
  const days = (hours, cores) => {
    const left = hours / cores;
    return left < 48 ? `${left < 10 ? left.toFixed(1) : Math.round(left)} h` : `${Math.round(left / 24)} days`;
  };
  const times = [1, 10, 100].map((millions) => {
    const { embed, send, serve } = plan(millions * M, 384, 2).coreHours;
    return [count(millions * M), days(embed, 8), days(embed, 64), `${hours(send)} h`, `${hours(serve)} h`];
  });
  const nodeGib = Math.round(example.node.memory / GIB);
  const nodeGb = example.node.disk / 1e9;
  const monthly = example.nodes * (nodeGib * RATE_GIB + nodeGb * RATE_GB);
  return [
    "# Scale: from one file to ten million vectors and beyond",
    "",
    "Generated from `src/store/plan.ts`; `codelab-mcp store plan --vectors N --dimensions D` reckons any other size. A vector is",
    "one chunk of code or conversation: a hundred thousand source files made 649,355 of them.",
    "",
    "## In one minute",
    "",
    "| you have | take | because |",
    "| --- | --- | --- |",
    "| up to about 1,500,000 chunks on one machine | the embedded index: do nothing | a search costs less than 50 ms of one core |",
    "| more, or many machines that share one index | one Qdrant server: `QDRANT_URL` | its graph finds neighbours without looking at all of them |",
    "| more than one machine's memory holds, or an index that must outlive a machine | a cluster of three or more, `QDRANT_REPLICAS=2` | each shard is held twice |",
    "",
    "The same commands and the same answers on each: the local file stays the truth, a server holds a copy of it, and",
    "`store migrate` moves either way without embedding again.",
    "",
    "## One file",
    "",
    ...table(
      ["chunks (384 dimensions)", "file", "memory of a searching process", "processor time of one search"],
      embedded,
    ),
    "",
    "- **File** per chunk: 1,650 bytes of places, words and text, one byte per dimension, and 416 for its row and key.",
    "- **Memory**: 260 MB for the program, and one bit per dimension of each vector. The rest is read as it is needed; leave the",
    "  system as much free memory for its cache as the file is large, or searches wait for the disk.",
    "- **Time** grows in proportion to the chunks; two cores do twice as many searches at once, not faster ones.",
    "",
    "## On a server",
    "",
    "Memory of one copy, with a fifth of headroom; then the machines for one copy, and for two copies of everything:",
    "",
    ...table(
      ["vectors", "dimensions", "memory of a copy", "one copy: machines", "two copies: machines", "shards"],
      servers,
    ),
    "",
    `A machine is filled to three quarters, which leaves room for the system and for a year's growth. Where ${maxGib(planStore)} GiB a machine`,
    "do not hold it, there are more machines. A cluster begins with three: two must be left to agree after one is lost.",
    "",
    "### What a search asks of it",
    "",
    "A search is one request: its words and its meaning go together, and the points come back without payload, since their ids say",
    "which chunk they are. A name that may be the beginning of a longer one is looked up in the local file first. The two lists are",
    "put together here, not on the server: how much meaning counts depends on how much the words found say of the question, and it",
    "is added by file at the end, which none of the server's ways to fuse (ranks, or scores brought to one scale) can express. A",
    "server of version 1.16 or newer is needed; the tests run against 1.16.3.",
    "",
    "### What fills it",
    "",
    "```",
    "memory = N × (q + g + i + w + f) × 1.2          disk = N × (2·d + q + g + i + w + f + p) × 2",
    "",
    "N  vectors, d dimensions",
    "q  what the choice among neighbours is made by: d bytes (int8), d / 8 (binary), or the originals, 2·d (none)",
    `g  the graph: 16 links × 2 × 4 bytes × 1.2 = ${Math.round(FIGURES.graph)}`,
    `i  which point is where: ${FIGURES.ids}`,
    `w  words, for search by words on the server: 80 × 4 bytes × 1.5 = ${FIGURES.sparse}`,
    `f  indexed fields, for filters: 2 × 116 = ${FIGURES.fields}`,
    "p  texts and payload: (457 + 250) × 1.5",
    "```",
    "",
    "The factor 1.2 is memory to work in; the factor 2 on disk is for segments that are rewritten and for one snapshot.",
    "",
    "### A worked example: ten million vectors of 768 dimensions, held twice",
    "",
    ...table(["part of one copy", "memory", "disk"], parts),
    "",
    `With headroom ${bytes(example.copy.memory)} of memory and ${bytes(example.copy.disk)} of disk, twice: **${example.nodes} machines of ${nodeGib} GiB with ${bytes(example.node.disk)} of fast disk each**,`,
    `${example.shards} shards (four on each machine, beside copies of four others; they still divide evenly among 4, 6 or 12 machines):`,
    "",
    "```sh",
    "export QDRANT_URL=http://node-1:6333,http://node-2:6333,http://node-3:6333",
    `export QDRANT_SHARDS=${example.shards} QDRANT_REPLICAS=2    # both are read when a collection is created, not later`,
    "codelab-mcp store migrate                         # may be stopped and goes on; compares both sides at the end",
    "```",
    "",
    "What is left out of memory, and what that saves, for one copy:",
    "",
    ...table(["`QDRANT_QUANTIZATION`", "memory", "disk"], choices),
    "",
    "`binary` is for a thousand dimensions and more. Texts and original vectors stay on disk (`QDRANT_ON_DISK`).",
    "",
    ...recallLines(measured),
    "",
    "## Time",
    "",
    "Embedding is the work; everything else is small beside it. And it is done once: vectors are kept by the text that they",
    "are of, so that moves, branches, restarts, migrations and a lost server cost none of it again.",
    "",
    ...table(
      [
        "vectors (384 dimensions, two copies)",
        "embedding on 8 cores",
        "on 64 cores",
        "sending, one core",
        "servers, all cores together",
      ],
      times,
    ),
    "",
    `One core embeds about ${FIGURES.embedRate} chunks of code a second with gte-small in 8 bits, the default, reading and cutting included;`,
    "all-MiniLM-L6-v2 has half the work to do, a model of 768 dimensions some five times as much. A graphics card or a",
    "provider's API does many times that, which was not measured here: with another rate r the hours are N ÷ r ÷ 3600.",
    "Searching by words works from the first minutes.",
    "",
    "## Cost",
    "",
    "```",
    `per month = machines × (GiB × ${RATE_GIB} + GB of disk × ${RATE_GB.toFixed(2)})`,
    `          = ${example.nodes} × (${nodeGib} × ${RATE_GIB} + ${Math.round(nodeGb)} × ${RATE_GB.toFixed(2)}) ≈ ${Math.round(monthly)}        for the example`,
    "```",
    "",
    `${RATE_GIB} a GiB of memory (with its processor) and ${RATE_GB.toFixed(2)} a GB of disk per month are round numbers in the order of what rented machines`,
    "cost, in dollars or euros; put your own. The embedded index costs what the machine costs that you have.",
    "",
    "## Where the figures are from",
    "",
    "| figure | from |",
    "| --- | --- |",
    "| chunks and their size, bytes and milliseconds of the embedded index, embedding rate | measured with this program on two cores: `bench/scale.mjs`, `bench/engine.mjs`, and an index of a real project |",
    `| sending (${ms(FIGURES.sendSeconds)} ms a point) and the servers' work (${ms(FIGURES.serveSeconds)} ms, the graph included) | measured: \`bench/qdrant-scale.mjs\`, ${count(million.count)} points of ${million.dimensions} dimensions, Qdrant 1.16.3 on the same two cores: ${Math.round(million.sent.ourCpu)} and ${count(Math.round(million.sent.serverCpu))} seconds of processor time |`,
    "| graph, ids, words, fields, payload, headroom of memory | the sizing guide of Qdrant's documentation; not measured at ten million |",
    checkOfFormulas(FIGURES, million),
    "| found of the exact ten nearest | measured: `bench/qdrant-recall.mjs` and `bench/qdrant-scale.mjs`, on two cores that others used as well |",
    "| room on disk, filling to three quarters, the limits in the first table | our judgement |",
    "",
    "## Beyond",
    "",
    "- **Roads back**: `store backup` takes the file and snapshots of the collections; `store migrate --to embedded` brings a",
    "  machine what it lacks. After a backup a cluster is sent its collections again, from the file.",
    "- **Growing**: shards cannot be added later, only moved: create with as many as divide among the nodes that you may have.",
    "- **Many projects**: they share a collection as tenants, each with a graph of its own, which keeps one project's search as",
    "  fast as if it were alone. Collections per project (`QDRANT_TENANCY=project`) cost some memory each: a hundred are fine,",
    "  ten thousand are not.",
    "- **Losing a node**: with two copies searches go on. `docker/compose.yaml` has a cluster of three to try it on.",
    "",
  ].join("\n");
}

/** What part of the exact ten nearest is found, by how far the graph is searched. */
function recallLines({ real, clusters }) {
  const rescored = (rows) => rows.filter(({ way }) => way === '{"rescore":true,"oversampling":2}');
  const rowOf = ({ rows }, ef) => rescored(rows).find((row) => row.ef === ef);
  const cells = ({ recall, p95, serverMs }) => [
    recall.toFixed(3),
    `${serverMs.toFixed(1)} ms`,
    `${Math.round(p95)} ms`,
  ];
  const rows = [64, 128, 256, 512, 1024].map((ef) => [
    ef === OURS ? `**${ef}**` : String(ef),
    ...cells(rowOf(real, ef)),
    ...cells(rowOf(clusters, ef)),
  ]);
  const [ours, hard] = [rowOf(real, OURS), rowOf(clusters, OURS)];
  const plain = ({ rows }) => rows.find(({ ef, way }) => ef === OURS && way === '{"rescore":false}').recall.toFixed(2);
  return [
    "### What is found",
    "",
    `Of the exact ten nearest, by the candidates that the search of the graph keeps (\`hnsw_ef\`), with int8 and rescoring; with the`,
    "server's processor time and the 95th percentile of one caller. Those of code are 28,127 embeddings, and points between two of",
    "the same file, asked with real questions; the made-up ones are clusters whose members lie evenly in 192 directions, where the",
    "tenth nearest is hardly nearer than the hundredth: no text is like that, and no graph likes it.",
    "",
    ...table(
      [
        "`hnsw_ef`",
        `${count(real.count)} of code, ${real.dimensions} dimensions`,
        "server",
        "p95",
        `${count(clusters.count)} made up, ${clusters.dimensions} dimensions`,
        "server",
        "p95",
      ],
      rows,
    ),
    "",
    `Searches use ${OURS}: ${ours.recall.toFixed(2)} of what is exact among a million of code. On the made-up ones they find ${hard.recall.toFixed(2)}, but what they`,
    `find is ${hard.nearness.toFixed(3)} times as near as the exact ten. Without rescoring it would be ${plain(real)} and ${plain(clusters)}. Twice the links and twice the care in`,
    "building (m 32, 256) gain about what one step of this table does, measured on 225,000 of code, for 2.5 times the time to build",
    "and twice the memory of the graph; one step costs less.",
  ];
}

/** What `hnsw_ef` searches have, in `src/store/qdrant/qdrant-search.ts`. */
const OURS = 512;

/** The formulas beside a million points as they were measured, of 20 words and about 130 bytes of text each. */
function checkOfFormulas(
  { graph, ids, fields, payloadFields, payloadFactor },
  { count: points, dimensions, memory, disk },
) {
  const resident = dimensions + graph + ids + 20 * 4 * 1.5 + fields;
  const stored = resident + 2 * dimensions + (130 + payloadFields) * payloadFactor;
  const kb = (value) => `${(value / 1000).toFixed(2)} kB`;
  return `| a check of the formulas | those points had 20 words each: reckoned ${kb(resident)} of memory and ${kb(stored)} of disk a point without headroom, measured ${kb((memory.ownMb * 2 ** 20) / points)} (without files that the system may drop) and ${kb((disk.serverMb * 1e6) / points)} (log included) |`;
}

/** Per month, for a GiB of memory and a GB of disk: assumptions that the page states. */
const RATE_GIB = 4;
const RATE_GB = 0.1;

function maxGib(planStore) {
  const { node } = planStore({ vectors: 1e12, dimensions: 768, replicas: 1, quantization: "int8" });
  return Math.round(node.memory / GIB);
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

const ms = (seconds) => Number((seconds * 1000).toPrecision(3));
const count = (value) => value.toLocaleString("en-US");
const hours = (value) => (value < 10 ? value.toFixed(1) : String(Math.round(value)));

function bytes(value) {
  if (value < 1e9) return `${Math.round(value / 1e6)} MB`;
  if (value < 1e12) return `${value < 1e10 ? (value / 1e9).toFixed(1) : Math.round(value / 1e9)} GB`;
  return `${(value / 1e12).toFixed(1)} TB`;
}

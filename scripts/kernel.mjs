// Compiles src/store/kernel/kernel.wat into src/store/kernel/kernel-bytes.ts. Run by hand after a change; a test notices when it was not.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import wabt from "wabt";
import { root } from "./prepare.mjs";

const source = path.join(root, "src", "store", "kernel", "kernel.wat");
const tools = await wabt();
const { buffer } = tools.parseWat(source, readFileSync(source, "utf8"), { simd: true }).toBinary({});
const base64 = Buffer.from(buffer).toString("base64");
writeFileSync(
  path.join(root, "src", "store", "kernel", "kernel-bytes.ts"),
  `/** \`kernel.wat\`, compiled by \`node scripts/kernel.mjs\`; base64. */\nexport const KERNEL =\n  "${base64}";\n`,
);

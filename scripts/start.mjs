// `npm start -- index DIR`: from a fresh clone to the running program in one command.
import { spawn } from "node:child_process";
import path from "node:path";
import { build, install, root } from "./prepare.mjs";

install();
build();
// npm changes to the checkout before it runs this; paths mean what they meant where the user typed them.
const cwd = process.env.INIT_CWD ?? process.cwd();
const child = spawn(process.execPath, [path.join(root, "dist", "cli.js"), ...process.argv.slice(2)], {
  cwd,
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));

import { visible } from "../visible.ts";
import { defineCommand, type CommandInput } from "./command.ts";

export const doctorCommand = defineCommand({
  name: "doctor",
  summary: "Check this machine and say how to mend what is wrong",
  examples: [
    { line: "doctor", does: "check everything that codelab-mcp needs" },
    { line: "doctor --json", does: "the same for a bug report or a script" },
  ],
  run: async ({ config, printer, json, signal }: CommandInput) => {
    const { examine } = await import("../app/doctor.ts");
    const findings = await examine(await config(), signal);
    const broken = findings.some(({ verdict }) => verdict === "broken");
    if (json) printer.json({ ok: !broken, findings });
    else {
      for (const { verdict, subject, says, mend } of findings) {
        const mark = {
          fine: printer.style("green", "ok  "),
          warning: printer.style("yellow", "warn"),
          broken: printer.style("red", "FAIL"),
        };
        printer.out(`${mark[verdict]} ${printer.style("bold", subject.padEnd(12))} ${visible(says)}\n`);
        if (mend !== undefined) printer.out(`     ${" ".repeat(12)} ${printer.style("cyan", "mend:")} ${mend}\n`);
      }
    }
    return broken ? 1 : 0;
  },
});

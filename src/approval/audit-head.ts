import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { z } from "zod";
import { hasErrno } from "../errors.ts";

const head = z.strictObject({ seq: z.number().int().min(0), digest: z.string() });

/** The last entry of the audit log as a second place remembers it. */
export type AuditHead = z.infer<typeof head>;

/** The second place: a small file beside the database, so that cutting the log's end off does not go unseen. */
export interface HeadFile {
  /** `absent` where there is none, `damaged` where it says no head. */
  read(): AuditHead | "absent" | "damaged";
  write(head: AuditHead): void;
}

/** The head as a file keeps it; what cannot be read as one is `damaged`, and never throws. */
export function headFile(path: string): HeadFile {
  return {
    read() {
      try {
        const parsed = head.safeParse(JSON.parse(readFileSync(path, "utf8")));
        return parsed.success ? parsed.data : "damaged";
      } catch (error) {
        if (hasErrno(error, "ENOENT")) return "absent";
        if (error instanceof SyntaxError) return "damaged";
        throw error;
      }
    },
    write(content) {
      const draft = `${path}.${process.pid}.tmp`;
      const descriptor = openSync(draft, "w", 0o600);
      try {
        writeSync(descriptor, JSON.stringify(content));
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
      renameSync(draft, path);
    },
  };
}

import { describe, expect, it } from "vitest";
import { renderPreview } from "../../src/approval/preview.ts";
import { excerpt, previewText } from "../../src/approval/preview-text.ts";
import type { CommitProposal, Proposal } from "../../src/approval/proposal.ts";
import { commandProposal, writeProposal } from "./setup.ts";

const POINTER = "See the page.";
const textOf = (proposal: Proposal) => previewText(renderPreview(proposal), POINTER);

const COMMIT: CommitProposal = {
  kind: "commit",
  message: "Say it\n\nwith a body",
  author: "A <a@b>",
  branch: "main",
  paths: ["a", "b\nc"],
  diff: "+x\n",
};

describe("renderPreview", () => {
  it("shows a replaced file as a diff with size and mode", () => {
    expect(textOf(writeProposal("src/a.ts", "one\ntwo\nthree\n", "one\n2\nthree\n"))).toMatchInlineSnapshot(`
      "Replace src/a.ts
      File: src/a.ts
      Change: replaces the existing file
      Size: 12 bytes → 14 bytes
      Mode: 0644
      Lines: +1 −1

      @@ -1,3 +1,3 @@
       one
      -2
      +two
       three"
    `);
  });

  it("shows a command as the argv it is, with everything that it depends on", () => {
    const proposal: Proposal = {
      kind: "command",
      run: { argv: ["git", "commit", "-m", "it's; done $(x)", ""] },
      program: "/usr/bin/git",
      cwd: "packages/app",
      env: { CI: "1" },
      timeoutMs: 120_000,
      warnings: ["writes outside the workspace are possible"],
    };
    expect(textOf(proposal)).toMatchInlineSnapshot(`
      "Run git commit -m 'it'\\''s; done $(x)' ''
      ⚠ writes outside the workspace are possible
      Directory: packages/app
      Started by: argv, no shell
      Program: /usr/bin/git
      Environment: CI=1
      Time limit: 120 s
      Sandbox: none: runs with your rights

      git commit -m 'it'\\''s; done $(x)' ''"
    `);
  });

  it("shows a shell line literally, and warns of what would have been hidden", () => {
    const line = "echo ok\u001b[2K\n# \u202ereversed";
    const text = textOf({
      kind: "command",
      run: { shell: "/bin/sh", line },
      program: null,
      cwd: ".",
      env: {},
      timeoutMs: null,
    });
    expect(text).toContain("echo ok⟨ESC⟩[2K\n# ⟨U+202E⟩reversed");
    expect(text).toContain("⚠ Contains invisible");
    expect(text).toContain("Time limit: none");
  });

  it("tells CRLF once, but shows each CR of mixed endings", () => {
    const crlf = renderPreview(writeProposal("a.txt", "a\r\nB\r\n", "a\r\nb\r\n"));
    expect(crlf.body).toBe("@@ -1,2 +1,2 @@\n a\n-b\n+B\n");
    expect(crlf.facts).toContainEqual({ label: "Line endings", value: "CRLF" });
    expect(renderPreview(writeProposal("a.txt", "a\r\n", "a\n")).body).toContain("+a⟨CR⟩");
  });

  it("names modes that change, binaries, deletions and commits", () => {
    const image = (mode: number, text: string | null) => ({ text, bytes: 3, hash: "ab".repeat(32), mode });
    const write: Proposal = { kind: "write", path: "run.sh", before: image(0o644, "x\n"), after: image(0o755, "x\n") };
    expect(textOf(write)).toContain("Mode: 0644 → 0755 (executable)");
    expect(textOf({ ...write, after: image(0o644, null) })).toContain("Binary content, SHA-256 abab");
    expect(textOf({ kind: "delete", path: "a", before: image(0o644, "x\n") })).toContain("@@ -1,1 +0,0 @@\n-x");
    expect(textOf(COMMIT)).toContain(
      "Message: Say it\n  \n  with a body\nAuthor: A <a@b>\nBranch: main\nPaths: a\n  b⟨LF⟩c",
    );
    const hooks = [{ name: "pre-commit", text: `#!/bin/sh\nmake lint # \u202e\n${"x".repeat(3_000)}`, hash: "h" }];
    const hooked = textOf({ ...COMMIT, hooks });
    expect(hooked).toContain("Runs the hook pre-commit: #!/bin/sh\n  make lint # ⟨U+202E⟩");
    expect(hooked).toMatch(/more characters NOT SHOWN here\. /);
    expect(renderPreview({ ...COMMIT, hooks }).facts.at(-1)?.value).toContain("x".repeat(3_000));
    expect(renderPreview({ ...COMMIT, hooks }).warnings[0]).toContain("invisible");
    expect(textOf({ kind: "other", title: "Odd", text: "thing" })).toBe("Odd\n\nthing");
  });

  it("has another digest for every difference in what would happen", () => {
    const base = commandProposal(["ls"]);
    if (base.kind !== "command") throw new Error("no command");
    const variants: Proposal[] = [
      base,
      { ...base, cwd: "src" },
      { ...base, program: "bin/ls" },
      { ...base, timeoutMs: 1 },
      { ...base, env: { A: "1" } },
      { ...base, run: { argv: ["ls", "-l"] } },
      { ...base, run: { argv: ["ls -l"] } },
      { ...base, run: { shell: "sh", line: "ls -l" } },
      { ...base, background: true },
      { ...base, sandbox: "bubblewrap" },
      COMMIT,
      { ...COMMIT, hooks: [{ name: "pre-commit", text: "a", hash: "1" }] },
      { ...COMMIT, hooks: [{ name: "pre-commit", text: "b", hash: "2" }] },
      writeProposal("a", "x"),
      writeProposal("a", "x", "y"),
      writeProposal("b", "x"),
    ];
    expect(new Set(variants.map((variant) => renderPreview(variant).digest)).size).toBe(variants.length);
  });
});

describe("excerpt", () => {
  it("cuts at a line's end and says loudly that it did", () => {
    const cut = excerpt("line\n".repeat(100), POINTER, 52);
    expect(cut).toBe(`${"line\n".repeat(9)}line\n… 451 more characters NOT SHOWN here. ${POINTER}`);
    expect(excerpt("x".repeat(60), POINTER, 50)).toContain("… 10 more characters NOT SHOWN");
    expect(excerpt("😀".repeat(30), POINTER, 51)).not.toMatch(/[\ud800-\udbff]\n/);
  });
});

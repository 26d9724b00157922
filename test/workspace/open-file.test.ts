import { execFileSync } from "node:child_process";
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import path from "node:path";
import { expect, it } from "vitest";
import { isOpenAt, readBytes, withDirectory, withRegularFile } from "../../src/workspace/open-file.ts";
import { writeTree } from "../write-tree.ts";
import { temporaryDirectory } from "./temporary.ts";

const root = writeTree(temporaryDirectory(), { "file.txt": "0123456789", "d/inner.txt": "inner" });
const at = (name: string) => path.join(root, name);
const read = (name: string) => withRegularFile(at(name), name, (fd, stats) => readBytes(fd, 0, stats.size).toString());

it("hands out the descriptor of a regular file and closes it", () => {
  let used = -1;
  const text = withRegularFile(at("file.txt"), "file.txt", (fd, stats) => {
    used = fd;
    expect(stats.size).toBe(10);
    return readBytes(fd, 3, 4).toString();
  });
  expect(text).toBe("3456");
  expect(() => fstatSync(used)).toThrow("EBADF");
  expect(() =>
    withRegularFile(at("file.txt"), "file.txt", () => {
      throw new Error("inside");
    }),
  ).toThrow("inside");
});

it("reads what there is when the file is shorter than was asked for", () => {
  expect(withRegularFile(at("file.txt"), "file.txt", (fd) => readBytes(fd, 8, 100).toString())).toBe("89");
  expect(withRegularFile(at("file.txt"), "file.txt", (fd) => readBytes(fd, 99, 5).length)).toBe(0);
});

it("refuses whatever is no regular file, by kind and without waiting", async () => {
  execFileSync("mkfifo", [at("pipe")]);
  symlinkSync("file.txt", at("link"));
  const server = net.createServer().listen(at("socket"));
  await new Promise((resolve) => server.once("listening", resolve));
  expect(() => read("pipe")).toThrow("pipe is a pipe, not a regular file");
  expect(() => read("link")).toThrow("link is a symbolic link, not a regular file");
  expect(() => read("socket")).toThrow("not a regular file");
  expect(() => read("d")).toThrow("d is a directory, not a regular file");
  expect(() => withRegularFile("/dev/zero", "zero", () => 0)).toThrow("zero is a device");
  expect(() => read("nowhere")).toThrow("nowhere does not exist");
  expect(() => read("file.txt/x")).toThrow("does not exist");
  await new Promise((resolve) => server.close(resolve));
});

it("refuses a file behind a link among its directories", () => {
  symlinkSync("d", at("through"));
  expect(() => read("through/inner.txt")).toThrow(expect.objectContaining({ code: "permission.changed-path" }));
  expect(read("d/inner.txt")).toBe("inner");
});

it("knows where a descriptor lies, also after its file was renamed, removed or replaced", () => {
  writeTree(root, { "moving.txt": "x" });
  const fd = openSync(at("moving.txt"), "r");
  const stats = fstatSync(fd);
  expect(isOpenAt(fd, stats, at("moving.txt"))).toBe(true);
  expect(isOpenAt(fd, stats, at("file.txt"))).toBe(false);
  renameSync(at("moving.txt"), at("moved.txt"));
  expect(isOpenAt(fd, stats, at("moving.txt"))).toBe(false);
  expect(isOpenAt(fd, stats, at("moved.txt"))).toBe(true);
  unlinkSync(at("moved.txt"));
  // What an atomic replacement leaves to those who still read the old content.
  expect(isOpenAt(fd, stats, at("moved.txt"))).toBe(true);
  closeSync(fd);
});

it("reaches names in a directory whatever takes the directory's place meanwhile", () => {
  writeTree(root, { "real/a.txt": "real", "decoy/a.txt": "decoy" });
  const seen = withDirectory(at("real"), "real", (inside) => {
    renameSync(at("real"), at("was"));
    symlinkSync("decoy", at("real"));
    writeFileSync(path.join(inside, "new.txt"), "new");
    return [readFileSync(path.join(inside, "a.txt"), "utf8"), readdirSync(inside).toSorted()];
  });
  expect(seen).toEqual(["real", ["a.txt", "new.txt"]]);
  expect(readdirSync(at("decoy"))).toEqual(["a.txt"]);
});

it("refuses what is no directory, or a link to one", () => {
  rmSync(at("link"), { force: true });
  symlinkSync("d", at("link"));
  expect(() => withDirectory(at("link"), "link", () => 0)).toThrow("link");
  expect(() => withDirectory(at("file.txt"), "file.txt", () => 0)).toThrow("file.txt is a file, not a directory");
  expect(() => withDirectory(at("nowhere"), "nowhere", () => 0)).toThrow("nowhere does not exist");
  mkdirSync(at("fine"));
  expect(withDirectory(at("fine"), "fine", () => "used")).toBe("used");
});

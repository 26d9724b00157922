import type { Sample } from "./sample.ts";

export const markupSamples: readonly Sample[] = [
  {
    path: "sample.html",
    language: "html",
    lines: [
      "<!DOCTYPE html>",
      "<html>",
      "<head><title>x</title><script>function f() {}</script></head>",
      "<body>",
      '<section id="main" class="a"><h1>Title</h1><p>x</p></section>',
      "</body>",
      "</html>",
    ],
    defines: ["element main"],
  },
  {
    path: "sample.css",
    language: "css",
    lines: [
      "/* c */",
      ":root { --x: 1px; }",
      ".a, #b > c { color: red; }",
      "@media (max-width: 1px) { .x { y: z } }",
      "@keyframes spin { from { a: b } }",
    ],
    defines: ["block spin"],
  },
  {
    path: "sample.scss",
    language: "scss",
    lines: [
      "$x: 1;",
      "@mixin foo($a) { b: c; }",
      ".a { .b { c: d } &:hover { e: f } }",
      "@function g($x) { @return 1; }",
    ],
    defines: ["function foo", "function g"],
  },
  {
    path: "sample.json",
    language: "json",
    lines: ['{"name": "x", "scripts": {"build": "y"}, "list": [1, {"a": 2}]}'],
    defines: [],
  },
  {
    path: "sample.yaml",
    language: "yaml",
    lines: ["name: x", "scripts:", "  build: y", "  list:", "    - a: 1", "    - b", "---", "other: 2"],
    defines: ["~section scripts", "~section scripts.list"],
  },
  {
    path: "sample.tf",
    language: "hcl",
    lines: [
      "# c",
      'resource "aws_x" "name" {',
      "  a = 1",
      "  b { c = 2 }",
      "}",
      'variable "foo" { default = 1 }',
      "locals { x = 1 }",
    ],
    defines: ["section resource.aws_x.name", "section variable.foo", "section locals"],
  },
  {
    path: "sample.xml",
    language: "xml",
    lines: ['<?xml version="1.0"?>', '<project name="x"><target id="a"><b/></target></project>'],
    defines: ["element x", "element x.a"],
  },
];

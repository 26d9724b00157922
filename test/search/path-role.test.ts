import { describe, expect, it } from "vitest";
import { roleOf, roleOfChunk, speakingStem } from "../../src/search/path-role.ts";

describe("roleOf", () => {
  it.each([
    ["src/router.ts", "source"],
    ["src/flask/testing.py", "source"],
    ["src/latest.ts", "source"],
    ["src/contest/Protest.java", "source"],
    ["packages/vitest/src/node/test-run.ts", "source"],
    ["lib/express.js", "source"],
    ["src/Manifest.java", "source"],
    ["tests/test_app.py", "test"],
    ["src/router.test.ts", "test"],
    ["src/router.spec.tsx", "test"],
    ["router_test.go", "test"],
    ["test_app.py", "test"],
    ["src/conftest.py", "test"],
    ["gson/src/test/java/com/google/gson/GsonTest.java", "test"],
    ["src/GsonTests.cs", "test"],
    ["src/__tests__/a.js", "test"],
    ["benches/throughput.rs", "test"],
    ["testdata/repo/main.go", "test"],
    ["fixtures/a.ts", "test"],
    ["README.md", "docs"],
    ["docs/conf.py", "docs"],
    ["CHANGES.rst", "docs"],
    ["examples/auth/index.js", "example"],
    ["samples/a.cs", "example"],
    ["vendor/github.com/x/y.go", "vendored"],
    ["third_party/zlib/inflate.c", "vendored"],
    ["static/jquery.min.js", "vendored"],
    ["api/service.pb.go", "generated"],
    ["src/proto/service_pb2.py", "generated"],
    ["src/generated/client.ts", "generated"],
    ["src/__snapshots__/a.ts.snap", "generated"],
    ["package.json", "data"],
    [".github-less/pom.xml", "data"],
    [".eslintrc", "data"],
    ["src/types.d.ts", "declaration"],
    ["src/types.d.mts", "declaration"],
    // What a project is about bears the same names inside of it as what stands beside its own code.
    ["django/template/base.py", "source"],
    ["snapshots/overlay/overlay.go", "source"],
    ["src/internal/testing/TestScheduler.ts", "source"],
    ["packages/vitest/src/integrations/mock/timers.ts", "source"],
    ["src/sandbox/vm.ts", "source"],
    ["apps/site/blog/post.ts", "source"],
    ["lib/external/module.js", "source"],
    ["src/deps/graph.ts", "source"],
    ["compiler/code-gen.js", "source"],
    ["api/types_gen.go", "generated"],
    ["src/routes.gen.ts", "generated"],
    ["deps/lua/lapi.c", "vendored"],
    ["external/fmt/format.cc", "vendored"],
    ["templates/app/main.ts", "example"],
    ["www/pages/index.tsx", "example"],
    ["mocks/store.go", "test"],
    ["lib/Test/More.pm", "source"],
    ["t/Test/Util.pm", "test"],
    ["t/t0001-init.sh", "test"],
    ["lib/Net/FTP/basic.t", "test"],
    ["src/t/table.c", "source"],
    ["man/man1/npm-audit.1", "docs"],
    ["doc/printf.3p", "docs"],
    ["src/tar.1", "docs"],
    ["pod/perldiag.pod", "docs"],
    ["LICENSE", "docs"],
    ["LICENSE-MIT", "docs"],
    ["src/license.ts", "source"],
    ["src/news/index.ts", "source"],
    ["src/v1.2", "source"],
    ["assets/logo.3ds", "source"],
    ["src/model.v8.ts", "source"],
  ])("takes %s for %s", (path, role) => {
    expect(roleOf(path)).toBe(role);
  });
});

describe("roleOfChunk", () => {
  it("sees the tests inside a source file", () => {
    expect(roleOfChunk({ path: "src/json.rs", symbol: "tests.reads" })).toBe("test");
    expect(roleOfChunk({ path: "src/json.rs", symbol: "Json.reads" })).toBe("source");
    expect(roleOfChunk({ path: "src/json.ts", symbol: "tests.reads" })).toBe("source");
    expect(roleOfChunk({ path: "src/json.rs", symbol: null })).toBe("source");
  });
});

describe("speakingStem", () => {
  it.each([
    ["src/router.ts", "router"],
    ["src/types.d.ts", "types"],
    ["axum/src/routing/mod.rs", "routing"],
    ["src/flask/__init__.py", "flask"],
    ["packages/server/index.ts", "server"],
    ["index.ts", "index"],
    [".eslintrc", ".eslintrc"],
  ])("of %s is %s", (path, stem) => {
    expect(speakingStem(path)).toBe(stem);
  });
});

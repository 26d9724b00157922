import { createSyntax } from "../../src/chunk/syntax.ts";

/** One set of grammars for all suites: compiling the largest takes seconds. */
export const syntax = createSyntax();

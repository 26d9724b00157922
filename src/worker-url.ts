/**
 * The URL of a worker's compiled file, given the `import.meta.url` of its sibling. Workers run compiled code only, so
 * when the sources are run directly (tests) the file of the same name under `dist/` is taken.
 */
export function workerUrl(siblingUrl: string, name: string): URL {
  const url = new URL(`${name}.js`, siblingUrl);
  if (siblingUrl.endsWith(".ts")) url.pathname = url.pathname.replace(/\/src\/(?!.*\/src\/)/, "/dist/");
  return url;
}

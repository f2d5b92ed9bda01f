// Reads a JSON list of Mermaid texts, prints for each what Mermaid's own parser makes of it.
// The packages lie in the folder that is given, not beside this file.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.argv[2]}/`);
const { JSDOM } = require('jsdom');
const page = new JSDOM('<!doctype html><body></body>');
globalThis.window = page.window;
globalThis.document = page.window.document;
const from = pathToFileURL(`${process.argv[2]}/mermaid/dist/mermaid.core.mjs`);
const { default: mermaid } = await import(from);

const parsed = [];
for (const text of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    const { diagramType } = await mermaid.parse(text);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    const data = db.getXYChartData ? db.getXYChartData() : db.getChartData?.();
    const plots = (data?.plots ?? []).map((plot) => ({ type: plot.type, data: plot.data }));
    parsed.push({ type: diagramType, title: db.getDiagramTitle(), categories: data?.xAxis?.categories, plots });
  } catch (error) {
    parsed.push({ error: String(error.message ?? error) });
  }
}
console.log(JSON.stringify(parsed));

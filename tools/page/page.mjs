// Bundles the modules and the style sheets of the page into page.js and page.css beside them, since a browser asks for two
// files sooner than for forty. page.json says of what they were made. Run it by `make page` after a change of either.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const into = join(dirname(fileURLToPath(import.meta.url)), "../../otel_llmroute/store/web/static");
const BUNDLES = {
  "page.js": {
    folder: "page",
    entry: 'import "./page/main.js";',
    loader: "js",
    of: ", with Preact and HTM: their licences are in vendor/",
  },
  "page.css": {
    folder: "style",
    entry: ["base", "controls", "panels", "charts"].map((name) => `@import "./style/${name}.css";`).join("\n"),
    loader: "css",
    of: "",
  },
};

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

/** Stays a file of its own, since it is large and loaded only where something is drawn with it. */
const charts = {
  name: "charts",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/vendor\/echarts/ }, ({ path }) => ({ path: `./vendor/${basename(path)}`, external: true })),
};

function sourcesOf(folder) {
  const files = readdirSync(join(into, folder), { recursive: true, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );
  return files.map((each) => join(each.parentPath, each.name).slice(into.length + 1)).sort();
}

const told = {};
for (const [name, { folder, entry, loader, of }] of Object.entries(BUNDLES)) {
  await build({
    stdin: { contents: entry, resolveDir: into, loader },
    outfile: join(into, name),
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    plugins: [charts],
    banner: { [loader]: `/* Made of ${folder}/ by tools/page/page.mjs${of}. */` },
  });
  const sources = sourcesOf(folder).flatMap((path) => [path, readFileSync(join(into, path))]);
  told[name] = { sha256: sha256(readFileSync(join(into, name))), sources: sha256(...sources) };
}
writeFileSync(join(into, "page.json"), `${JSON.stringify(told, null, 2)}\n`);

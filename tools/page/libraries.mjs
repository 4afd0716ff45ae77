// Bundles the libraries of the page into otel_llmroute/store/web/static/vendor, with their licences and vendor.json,
// which says what each file was made of. Run it by `make libraries`.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const into = join(here, "../../otel_llmroute/store/web/static/vendor");
const BUNDLES = {
  "echarts.js": { entry: "echarts.mjs", packages: ["echarts", "zrender", "tslib"] },
  "preact.js": { entry: "preact.mjs", packages: ["preact", "htm"] },
};
// Where the licence text of a package lies, when it is not LICENSE.
const LICENCES = { tslib: "LICENSE.txt" };

const read = (path) => readFileSync(join(here, path), "utf8");
const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");

function packageOf(name) {
  const { version, license } = JSON.parse(read(`node_modules/${name}/package.json`));
  const { integrity } = JSON.parse(read("package-lock.json")).packages[`node_modules/${name}`];
  copyFileSync(join(here, "node_modules", name, LICENCES[name] ?? "LICENSE"), join(into, `LICENSE.${name}.txt`));
  return { name, version, license, from: `https://www.npmjs.com/package/${name}/v/${version}`, integrity };
}

rmSync(into, { recursive: true, force: true });
mkdirSync(into, { recursive: true });
const files = {};
for (const [file, { entry, packages }] of Object.entries(BUNDLES)) {
  await build({
    entryPoints: [join(here, entry)],
    outfile: join(into, file),
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    define: { "process.env.NODE_ENV": '"production"', __DEV__: "false" },
    legalComments: "none",
    banner: { js: `/* Made by tools/page/libraries.mjs of ${packages.join(", ")}: licences beside it. */` },
  });
  files[file] = { sha256: sha256(join(into, file)), packages: packages.map(packageOf) };
}
copyFileSync(join(here, "node_modules/echarts/NOTICE"), join(into, "NOTICE.echarts.txt"));
copyFileSync(join(here, "node_modules/echarts/licenses/LICENSE-d3"), join(into, "LICENSE.d3.txt"));
writeFileSync(join(into, "vendor.json"), `${JSON.stringify(files, null, 2)}\n`);

// Holds dashboards against the types that Grafana publishes: node check.mjs FILE... ; one line per fault, exit code 1 if any.
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import { createGenerator } from 'ts-json-schema-generator';

const HERE = dirname(fileURLToPath(import.meta.url));
const VERSIONS = ['13', '10.4'];

function validators(version) {
  const path = join(HERE, `grafana-${version}.ts`);
  const made = createGenerator({ path, tsconfig: join(HERE, 'tsconfig.json'), skipTypeCheck: false, additionalProperties: false, expose: 'none' });
  const validator = (type) => new Ajv({ strict: false, allErrors: true }).compile(made.createSchema(type));
  return { dashboard: validator('Classic'), overrides: validator('Overrides') };
}

function faults({ dashboard, overrides }, board) {
  const found = [];
  if (!dashboard(board)) {
    found.push(...dashboard.errors);
  }
  for (const panel of board.panels) {
    for (const override of panel.fieldConfig.overrides) {
      const values = Object.fromEntries(override.properties.map(({ id, value }) => [id, value]));
      if (!overrides(values)) {
        found.push(...overrides.errors.map((error) => ({ ...error, instancePath: `${panel.title}: ${error.instancePath}` })));
      }
    }
  }
  return found;
}

let count = 0;
for (const version of VERSIONS) {
  const checks = validators(version);
  for (const file of process.argv.slice(2)) {
    for (const { instancePath, message, params } of faults(checks, JSON.parse(readFileSync(file, 'utf8')))) {
      count += 1;
      console.log(`${basename(file)} Grafana ${version} ${instancePath} ${message} ${JSON.stringify(params)}`);
    }
  }
}
process.exitCode = count ? 1 : 0;

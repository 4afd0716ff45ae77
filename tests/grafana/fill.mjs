// Fills in variables as Grafana does, by its own code: reads {sql, values: {name: [...]}} as JSON from stdin, prints the statement.
import { readFileSync } from 'node:fs';
import { formatRegistry } from './node_modules/@grafana/scenes/dist/esm/variables/interpolation/formatRegistry.js';
import { VARIABLE_REGEX } from './node_modules/@grafana/scenes/dist/esm/variables/constants.js';

function filled({ sql, values, legacy }) {
  VARIABLE_REGEX.lastIndex = 0;
  return sql.replace(VARIABLE_REGEX, (match, var1, var2, fmt2, var3, fieldPath, fmt3) => {
    const name = var1 || var2 || var3;
    if (!(name in values)) {
      return match;
    }
    // What a variable says of itself in the URL (MultiValueUrlSyncHandler); Grafana 10.4 gives the values alone.
    const urlSync = legacy ? undefined : { getUrlState: () => ({ [`var-${name}`]: values[name] }) };
    return formatRegistry.get(fmt2 || fmt3).formatter(values[name], [], { state: { name }, urlSync });
  });
}

for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  console.log(JSON.stringify(filled(JSON.parse(line))));
}

// The tables of the store with their columns, types and comments, as the engine tells them.
import { html, useEffect, useState } from "../vendor/preact.js";
import { Trouble } from "./notices.js";
import { ask } from "./store.js";

const STATEMENT = `SELECT table, name, type, comment FROM system.columns
WHERE database = currentDatabase() ORDER BY table, position`;
/** What a person asks; the others are how the store keeps it. */
const FIRST =
  /^(llm_(calls|routes|jobs|decisions|hourly|hourly_latency|hourly_tenants|prices|budgets)|data_health|otel_traces)$/;

export function TablesOfStore() {
  const [found, setFound] = useState({ tables: [], isAsking: true });
  useEffect(() => {
    ask("api/sql", { statement: STATEMENT }).then(
      ({ rows }) => setFound({ tables: tablesOf(rows) }),
      (error) => setFound({ tables: [], error }),
    );
  }, []);
  const first = found.tables.filter(({ table }) => FIRST.test(table));
  const others = found.tables.filter((each) => !first.includes(each));
  return html`<section class="panel" aria-busy=${found.isAsking ? "true" : "false"}>
    <header><div><h2>Tables</h2><p>What each column means.</p></div></header>
    ${found.error && html`<${Trouble} error=${found.error} />`}
    ${first.map((each) => html`<${Table} key=${each.table} ...${each} />`)}
    ${
      others.length > 0 &&
      html`<details>
        <summary>How it is kept</summary>
        ${others.map((each) => html`<${Table} key=${each.table} ...${each} />`)}
      </details>`
    }
  </section>`;
}

function tablesOf(rows) {
  const tables = new Map();
  for (const [table, name, type, comment] of rows) {
    if (!tables.has(table)) tables.set(table, { table, columns: [] });
    tables.get(table).columns.push({ name, type, comment });
  }
  return [...tables.values()];
}

function Table({ table, columns }) {
  return html`<details>
    <summary><code>${table}</code></summary>
    <dl class="columns">
      ${columns.map(
        ({ name, type, comment }) => html`<div>
          <dt><code>${name}</code> <small>${type}</small></dt>
          ${comment && html`<dd>${comment}</dd>`}
        </div>`,
      )}
    </dl>
  </details>`;
}

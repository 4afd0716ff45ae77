// What a statement gave: its rows, how many and in what time, and the same as a file.
import { html } from "../vendor/preact.js";
import { csvOf, save } from "./downloads.js";
import { Trouble } from "./notices.js";

const SHOWN = 1000;

/** `found`: `{answer, ms}`, `{error}`, `{isAsking}`, or `null` when nothing was asked yet. */
export function Result({ found }) {
  if (!found) return html`<div role="status"></div>`;
  if (found.isAsking) return html`<div class="panel" role="status">Asking …</div>`;
  if (found.error) return html`<div class="panel"><${Trouble} error=${found.error} /></div>`;
  const { columns, rows } = found.answer;
  return html`<section class="panel" aria-labelledby="result">
    <header>
      <div>
        <h2 id="result">Result</h2>
        <p role="status">${rows.length} ${rows.length === 1 ? "row" : "rows"} in ${Math.round(found.ms)} ms</p>
      </div>
      <div class="tools">
        <button type="button" class="quiet" onClick=${() => saveCsv(columns, rows)}>CSV</button>
        <button type="button" class="quiet" onClick=${() => saveJson(columns, rows)}>JSON</button>
      </div>
    </header>
    <div class="scroll" role="region" tabindex="0" aria-label="Rows">
      <table>
        <thead>
          <tr>
            ${columns.map(({ name, type }) => html`<th scope="col" class=${kindOf(type)} title=${type}>${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.slice(0, SHOWN).map((row) => html`<${Row} row=${row} columns=${columns} />`)}
        </tbody>
      </table>
    </div>
    ${rows.length > SHOWN && html`<p class="hint">Shown are the first ${SHOWN}; CSV and JSON have all of them.</p>`}
  </section>`;
}

const Row = ({ row, columns }) =>
  html`<tr>
    ${row.map((value, at) => html`<td class=${kindOf(columns[at].type)}>${textOf(value)}</td>`)}
  </tr>`;

const kindOf = (type) => (/^(Nullable\(|LowCardinality\()*(UInt|Int|Float|Decimal)/.test(type) ? "number" : "text");

function textOf(value) {
  if (value === null) return "-";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

const namesOf = (columns) => columns.map(({ name }) => name);

const saveCsv = (columns, rows) => save(csvOf(namesOf(columns), rows), "answer.csv", "text/csv");

function saveJson(columns, rows) {
  const names = namesOf(columns);
  const records = rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]])));
  save(`${JSON.stringify(records, null, 2)}\n`, "answer.json", "application/json");
}

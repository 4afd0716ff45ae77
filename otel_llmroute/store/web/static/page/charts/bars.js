// The largest rows with a bar each: a table, so that everybody reads the same.
import { html } from "../../vendor/preact.js";
import { Before, Cell, Heading, isNew } from "../cells.js";
import { currenciesOf, decimalsOf, grouped, isNumber } from "../figures.js";
import { address } from "../state.js";

const SHOWN = 8;
/** Of each currency, however many there are; and of what has none, because it has no price. */
const LEAST = 3;
/** Beside the figure that the bar draws, so many more; and so many texts that name the row. */
const MORE = 2;
const NAMES = 2;

export function Bars({ view, panel, answer }) {
  const rows = grouped(answer);
  const shown = firstOfEach(rows);
  const columns = columnsOf(panel, answer);
  const has = { view, panel, ...columns, decimals: decimalsOf(columns.numbers, rows), largest: largestOf(rows, panel) };
  return html`<table class="bars">
      <thead>
        <tr>
          <th scope="col">${columns.names.map(({ heading }) => heading).join(", ")}</th>
          ${columns.numbers.map(
            (column) => html`<th key=${column.name} scope="col" class="number"><${Heading} column=${column} /></th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${shown.map(
          (row, at) => html`
            ${begins(shown, at) && html`<${Group} row=${row} />`}
            <${Row} key=${at} row=${row} ...${has} />
          `,
        )}
      </tbody>
    </table>
    ${shown.length < rows.length && html`<${All} view=${view} panel=${panel} answer=${answer} />`}`;
}

/** What names a row, and the figures beside it: the one that is drawn comes first. */
function columnsOf(panel, answer) {
  const drawn = answer.columns.find(({ name }) => name === panel.value);
  const others = answer.columns.filter((column) => isNumber(column) && column !== drawn);
  const names = answer.columns.filter((column) => !isNumber(column)).slice(0, NAMES);
  return { names, numbers: [drawn, ...others.slice(0, MORE)] };
}

function Row({ view, panel, row, names, numbers, decimals, largest }) {
  const shared = (column) => ({ column, row, decimals: decimals[column.name] });
  return html`<tr>
    <th scope="row">
      <span class="names">
        ${names.map(
          (column, at) => html`<span key=${column.name} class=${at ? "second" : "first"}>
            <${Cell} view=${view} panel=${panel} ...${shared(column)} />
          </span>`,
        )}
        ${isNew(row) && html`<small class="new">new</small>`}
      </span>
      <${Bar} amount=${row[panel.value]} largest=${largest.get(row.currency)} />
    </th>
    ${numbers.map(
      (column) => html`<td key=${column.name} class="number">
        <${Cell} view=${view} panel=${panel} ...${shared(column)} />
        <${Before} ...${shared(column)} isBrief=${true} />
      </td>`,
    )}
  </tr>`;
}

/** What is below 0 is drawn as dashes; what is not known, and nothing, have no bar. */
function Bar({ amount, largest }) {
  const value = Number(amount ?? 0);
  const width = value && largest ? Math.max(1, (100 * Math.abs(value)) / largest) : 0;
  return html`<span class=${`bar ${value < 0 ? "below" : ""}`} style=${{ width: `${width}%` }}></span>`;
}

/** It spans no columns: it would keep the room of one that a narrow screen leaves out. */
function Group({ row }) {
  return html`<tr class="group">
    <th scope="rowgroup">${row.currency ?? "No currency"}</th>
  </tr>`;
}

function All({ view, panel, answer }) {
  const href = address(view.state, { tables: [...view.state.tables, panel.name] }, panel.name);
  return html`<a class="quiet more" href=${href}>All ${answer.rows.length}${answer.has_more ? "+" : ""} rows</a>`;
}

/** Currency -> the largest value. Bars are of one currency each: those of different ones cannot be compared. */
function largestOf(rows, panel) {
  const largest = new Map();
  for (const row of rows) {
    const value = Math.abs(Number(row[panel.value] ?? 0));
    largest.set(row.currency, Math.max(largest.get(row.currency) ?? 0, value));
  }
  return largest;
}

/** The first rows of each currency. What has no price takes no place of what has one. */
function firstOfEach(rows) {
  const currencies = currenciesOf(rows);
  const paid = currencies.filter((currency) => currency !== null).length;
  const each = Math.max(LEAST, Math.ceil(SHOWN / Math.max(1, paid)));
  const most = (currency) => (currency === null && paid ? LEAST : each);
  return currencies.flatMap((currency) =>
    rows.filter((row) => (row.currency ?? null) === currency).slice(0, most(currency)),
  );
}

/** Whether the rows of another currency begin here, where there are several. */
function begins(rows, at) {
  return currenciesOf(rows).length > 1 && (at === 0 || rows[at - 1].currency !== rows[at].currency);
}

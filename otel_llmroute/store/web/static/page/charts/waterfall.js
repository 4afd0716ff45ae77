// A trace as it happened: jobs hold routes, routes hold decisions, attempts and charges. A table, with a bar of the time.
import { html } from "../../vendor/preact.js";
import { Bound, Cell, Heading } from "../cells.js";
import { sumOf } from "../decimals.js";
import { currenciesOf, decimalsOf, isUncertain, money } from "../figures.js";

const RANKS = { job: 0, route: 1, decision: 2, attempt: 2, charge: 2 };

export function Waterfall({ view, panel, answer }) {
  const traces = [...new Set(answer.rows.map(({ name }) => name))];
  return traces.map((trace) => {
    const rows = answer.rows.filter(({ name }) => name === trace);
    return html`<div class="trace" key=${trace}>
      <p class="trace-id"><span>Trace</span> <code>${trace}</code></p>
      <${Records} view=${view} panel=${panel} answer=${answer} rows=${rows} />
    </div>`;
  });
}

function Records({ view, panel, answer, rows }) {
  const told = answer.columns.filter(({ name }) => !["name", "kind", "label"].includes(name));
  // What it cost stands beside its name: on a narrow screen nothing else is in sight.
  const columns = [...told].sort((one, other) => (other.unit === "money") - (one.unit === "money"));
  const has = {
    view,
    panel,
    columns,
    whole: Math.max(...rows.map(endOf), 1e-9),
    decimals: decimalsOf(columns, answer.rows),
  };
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Records of the trace">
    <table class="waterfall">
      <thead>
        <tr>
          <th scope="col">Record</th>
          ${columns.map(
            (column, at) =>
              html`${at === 1 && html`<th scope="col">When</th>`}
                <th key=${column.name} scope="col" class=${kindOf(column)}><${Heading} column=${column} /></th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${nested(rows).map((record) => html`<${Record} key=${record.row.span} ...${record} ...${has} />`)}
      </tbody>
    </table>
  </div>`;
}

function Record({ row, depth, below, columns, ...has }) {
  const { kind } = row;
  const spoken = `${kind} ${row.label}, level ${depth + 1}`;
  return html`<tr data-kind=${kind}>
    <th scope="row" style=${{ paddingInlineStart: `${0.75 + depth * 1.1}rem` }} aria-label=${spoken}>
      <span class="kind">${kind}</span> ${row.label || "(none)"}
    </th>
    ${columns.map((column, at) => {
      const shared = { column, decimals: has.decimals[column.name] };
      const isSum = column.unit === "money" && below.length;
      return html`${at === 1 && html`<${When} row=${row} whole=${has.whole} />`}<td key=${column.name} class=${kindOf(column)}>
        ${
          isSum
            ? html`<${Sum} rows=${below} ...${shared} />`
            : html`<${Cell} view=${has.view} panel=${has.panel} row=${row} ...${shared} />`
        }
      </td>`;
    })}
  </tr>`;
}

const When = ({ row, whole }) => html`<td class="when" aria-hidden="true">
  <span class=${`span ${row.kind} ${isFailed(row) ? "failed" : ""}`} style=${placeOf(row, whole)}></span>
</td>`;

/** What everything below a job or a route cost together, exactly, in each currency. */
function Sum({ rows, column: { name }, decimals }) {
  const paid = rows.filter((row) => row[name] !== null);
  const mark = rows.some(isUncertain) ? html`<${Bound} mark="+?" />` : "";
  if (!paid.length) return html`-${mark}`;
  return currenciesOf(paid).map((currency) => {
    const amounts = paid.filter((row) => (row.currency ?? null) === currency).map((row) => row[name]);
    return html`<span class="sum" title="The sum of what is below">${money(sumOf(amounts), currency, decimals)}</span>${mark}`;
  });
}

const kindOf = ({ unit }) => (unit === "text" || unit === "time" ? "text" : "number");
const endOf = (row) => row.start_s + row.duration_s;
const isFailed = (row) => ["failed", "error", "failure"].includes(row.outcome);

function placeOf(row, whole) {
  const start = Math.min(99, (100 * row.start_s) / whole);
  return {
    insetInlineStart: `${start}%`,
    width: `${Math.max(0.6, Math.min(100 - start, (100 * row.duration_s) / whole))}%`,
  };
}

/** Each record below what holds it: `{row, depth, below}`, with all records that lie below it. */
export function nested(rows) {
  const holders = [];
  const tops = [];
  for (const row of rows) {
    const record = { row, below: [] };
    const holder = holders.findLast((each) => holds(each.row, row));
    (holder?.below ?? tops).push(record);
    if (RANKS[row.kind] < 2) holders.push(record);
  }
  return flat(tops, 0);
}

function flat(records, depth) {
  return records.flatMap(({ row, below }) => {
    const lower = flat(below, depth + 1);
    return [{ row, depth, below: lower.map((each) => each.row) }, ...lower];
  });
}

/** A microsecond more: clocks of parent and child are read one after the other. */
const SLACK_S = 1e-6;

/** Whether a record is of a higher kind, of the same route, and still going on when the other begins. */
function holds(outer, inner) {
  const isAbove = RANKS[outer.kind] < RANKS[inner.kind] && (outer.kind === "job" || outer.label === inner.label);
  return isAbove && endOf(outer) + SLACK_S >= inner.start_s;
}

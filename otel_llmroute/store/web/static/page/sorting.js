// The order of a table: as the store answered, or by a column that was chosen.
import { html } from "../vendor/preact.js";
import { Heading } from "./cells.js";
import { scaled } from "./decimals.js";
import { currenciesOf, isNumber } from "./figures.js";
import { address } from "./state.js";

/** `{name, isDown}` of what a panel is sorted by, or `null`. In the address it is `requests`, or `-requests` down. */
export function orderOf(view, panel) {
  const by = view.state.sorts[panel.name];
  return by ? { name: by.replace(/^-/, ""), isDown: by.startsWith("-") } : null;
}

/** The rows in that order, within each currency: amounts of different ones are not compared. Unknown comes last. */
export function sorted(rows, columns, order) {
  const column = columns.find(({ name }) => name === order?.name);
  if (!column) return rows;
  const turn = order.isDown ? -1 : 1;
  const inOrder = (one, other) => {
    const [left, right] = [one[column.name] ?? null, other[column.name] ?? null];
    if (left === null || right === null) return (left === null) - (right === null);
    return turn * compared(column, left, right);
  };
  const currencies = currenciesOf(rows);
  return currencies.flatMap((currency) => rows.filter((row) => (row.currency ?? null) === currency).sort(inOrder));
}

function compared(column, left, right) {
  if (column.unit === "money") {
    const difference = scaled(left) - scaled(right);
    return difference < 0n ? -1 : Number(difference > 0n);
  }
  return isNumber(column) ? left - right : String(left).localeCompare(String(right));
}

/** The heading of a column: a link that sorts by it, then the other way round, then not at all. */
export function SortedBy({ view, panel, column, order }) {
  const isIt = order?.name === column.name;
  const first = isNumber(column);
  const next = !isIt
    ? (first ? "-" : "") + column.name
    : order.isDown === first
      ? (first ? "" : "-") + column.name
      : "";
  const { [panel.name]: _, ...others } = view.state.sorts;
  const sorts = next ? { ...others, [panel.name]: next } : others;
  return html`<th
    scope="col"
    class=${isNumber(column) ? "number" : "text"}
    aria-sort=${isIt ? (order.isDown ? "descending" : "ascending") : undefined}
  >
    <a class="sorts" data-stays href=${address(view.state, { sorts }, panel.name)}><${Heading} column=${column} /></a>
  </th>`;
}

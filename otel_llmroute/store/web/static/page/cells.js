// A figure on the page: its text, where it leads, and what it was before.
import { html } from "../vendor/preact.js";
import { changeOf } from "./decimals.js";
import { change, count, figure, isNumber, UNKNOWN } from "./figures.js";
import { address, narrowed } from "./state.js";

const MARKS = {
  estimate: ["est.", "An estimate: worked out from what is like it."],
  counterfactual: ["if", "Counterfactual: what did not happen."],
};

/** What a column is called, marked where its figures were not measured. */
export function Heading({ column }) {
  const [mark, meaning] = MARKS[column.figures] ?? [];
  return html`${column.heading}${mark && html`${" "}<abbr class="mark" title=${meaning}>${mark}</abbr>`}`;
}

/** The content of a cell. */
export function Cell({ view, panel, column, row, decimals }) {
  const text = figure(column, row, decimals);
  const href = hrefOf(view, panel, column, row);
  if (href) return html`<a href=${href} title=${text}>${isTrace(column) ? text.slice(0, 8) : text}</a>`;
  if (column.unit === "money" && text === "unpriced") return html`<${Unpriced} view=${view} />`;
  if (column.name === "level") return html`<span class=${`level ${text}`}>${text}</span>`;
  if (column.name === "used" && row.used !== null) return html`${text}<${Meter} part=${row.used} level=${row.level} />`;
  if (column.unit === "money" && row[column.name] !== null)
    return html`<${Money} text=${text} exact=${row[column.name]} />`;
  if (isNumber(column)) return text;
  return html`<span class=${text === UNKNOWN || text === "(none)" ? "faint" : ""} title=${text}>${text}</span>`;
}

const isTrace = (column) => column.name === "last_trace";

/** Where a price is missing, what sets one is shown. */
function Unpriced({ view }) {
  return html`<a class="unpriced" href=${address(view.state, { board: "models" }, "unpriced")}>unpriced</a>`;
}

function Money({ text, exact }) {
  const mark = text.endsWith("+?") && html`<span class="at-least">+?</span>`;
  return html`<span title=${exact}>${text.replace("+?", "")}</span>${mark}`;
}

/** How much of a budget is used. */
function Meter({ part, level }) {
  return html`<span class="meter"><span class=${level} style=${{ width: `${Math.min(100, 100 * part)}%` }}></span></span>`;
}

/** Where the name of a row, or a trace, leads; "" for what leads nowhere. */
export function hrefOf(view, panel, column, row) {
  const { state } = view;
  const value = row[column.name];
  if (isTrace(column) && value) return toTrace(state, value);
  if (column.name !== "name" || !panel.drill || value === null || value === undefined) return "";
  if (panel.drill === "trace") return toTrace(state, value);
  return address(state, { board: panel.drill_board, filters: narrowed(state.filters, panel.drill, [String(value)]) });
}

/** A trace is shown whole: what narrowed the way to it would hide records of it. */
const toTrace = (state, trace) => address(state, { board: "trace", filters: { trace: [trace] } });

/** What the figure was in the period before, and how much it is above that; `isBrief`: the latter alone. */
export function Before({ column, row, decimals, isBrief }) {
  if (!("before" in row) || !row.before || !isNumber(column)) return null;
  const before = { ...row, ...row.before };
  const was = figure(column, before, decimals);
  const part = column.unit === "share" ? null : changeOf(row[column.name], before[column.name]);
  if (isBrief && part === null) return null;
  return html`<small class="before" title=${`${was} in the period before`}>
    ${!isBrief && html`${was} `}${part !== null && html`<span class="delta">${growth(part)}</span>`}
  </small>`;
}

/** Whether the row was not there in the period before. */
export const isNew = (row) => row.before === null;

/** `+12%`, and from ten times as much on `×12`. */
const growth = (part) => (part < 9 ? change(part) : `×${count(Math.round(part + 1))}`);

// A figure on the page: its text, where it leads, and what it was before.
import { html, useState } from "../vendor/preact.js";
import { changeOf } from "./decimals.js";
import { change, count, figure, isNumber, UNKNOWN } from "./figures.js";
import { goTo } from "./hooks.js";
import { address, narrowed } from "./state.js";
import { ask } from "./store.js";

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
  if (isJob(view, panel, column)) return html`<${Job} view=${view} id=${row.name} />`;
  if (column.unit === "money" && text === "unpriced") return html`<${Unpriced} view=${view} />`;
  if (column.name === "level") return html`<span class=${`level ${text}`}>${text}</span>`;
  if (column.name === "used" && row.used !== null) return html`${text}<${Meter} part=${row.used} level=${row.level} />`;
  if (column.unit === "money" && row[column.name] !== null)
    return html`<${Money} text=${text} exact=${row[column.name]} />`;
  if (isNumber(column)) return html`<${Marked} text=${text} />`;
  return html`<span class=${text === UNKNOWN || text === "(none)" ? "faint" : ""} title=${text}>${text}</span>`;
}

const isTrace = (column) => column.name === "last_trace";

const isJob = ({ state }, panel, column) =>
  state.board === "jobs" && panel.name === "dearest" && column.name === "name";

/** A job leads to what happened in it: in which traces that was has to be asked. */
function Job({ view, id }) {
  const [said, say] = useState("");
  const { state, go, period } = view;
  const open = async () => {
    say("…");
    try {
      const { traces } = await ask("api/traces", { job_id: id, ...period }, { order: -1 });
      if (traces.length) {
        go(address(state, { board: "trace", filters: { trace: traces } }));
        goTo("waterfall");
      } else say("no call or route of it in this period");
    } catch (error) {
      say(error.message);
    }
  };
  return html`<button type="button" class="link" onClick=${open} title=${`What happened in ${id}`}>${id}</button>
    <small class="before" role="status">${said}</small>`;
}

/** Where a price is missing, what sets one is shown. */
function Unpriced({ view }) {
  return html`<a class="unpriced" href=${address(view.state, { board: "models" }, "unpriced")}>unpriced</a>`;
}

const Money = ({ text, exact }) => html`<${Marked} text=${text} title=${exact} />`;

/** A figure, and apart from it the mark that it may be more, or less. */
function Marked({ text, title }) {
  const mark = Object.keys(BOUNDS).find((each) => text.endsWith(each));
  if (!mark && !title) return text;
  return html`<span title=${title}>${mark ? text.slice(0, -mark.length) : text}</span>${mark && html`<${Bound} mark=${mark} />`}`;
}

/** Mark -> how it is read out, and what it means. */
const BOUNDS = {
  "+?": ["or more", "At least this: some of it has no price, one in part, or no report of usage."],
  "-?": ["or less", "At most this: some of what was spent has no price, one in part, or no report of usage."],
};

export function Bound({ mark }) {
  const [spoken, meaning] = BOUNDS[mark];
  return html`<span class="at-least" role="img" aria-label=${spoken} title=${meaning}>${mark}</span>`;
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
  const values = state.filters[panel.drill] ?? [];
  const isHere = panel.drill_board === state.board && values.length === 1 && values[0] === String(value);
  // What the board is narrowed to already leads on, to its traces.
  if (isHere) return address(state, { board: "trace" });
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

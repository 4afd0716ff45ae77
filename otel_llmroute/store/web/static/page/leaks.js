// Where money leaks: the largest finding of each of four panels, one click from the panel itself.
import { html } from "../vendor/preact.js";
import { currenciesOf, decimalsFor, money } from "./figures.js";
import { useAnswer } from "./hooks.js";
import { address } from "./state.js";

const ROWS = 500;
/** Panel of the board of routes -> its name here, the mark of its figures, and what it found: `{amount, row, says}`. */
const FINDINGS = [
  {
    panel: "cheaper",
    title: "Cheaper model",
    mark: "if",
    found: cheaper,
    none: "No route could answer on a cheaper model that is used here.",
  },
  {
    panel: "waste",
    title: "Answers nobody used",
    mark: "",
    found: waste,
    none: "No attempt was billed whose answer nobody used.",
  },
  {
    panel: "fallbacks",
    title: "Fallbacks",
    mark: "est.",
    found: fallbacks,
    none: "No fallback cost more than a first choice.",
  },
  {
    panel: "cache",
    title: "Provider's cache",
    mark: "if",
    found: cache,
    none: "No tokens were read from a cache, or written to one.",
  },
];

export function Leaks({ view }) {
  return html`<section class="panel wide leaks" aria-labelledby="leaks">
    <header><div><h2 id="leaks">Where it leaks</h2><p>What could be saved first, and on which route?</p></div></header>
    <ul>
      ${FINDINGS.map((finding, at) => html`<${Finding} key=${finding.panel} view=${view} finding=${finding} order=${4 + at} />`)}
    </ul>
  </section>`;
}

function Finding({ view, finding, order }) {
  const { since, until } = view.period;
  const body = { board: "routes", panel: finding.panel, since, until, filters: view.state.filters, limit: ROWS };
  const { answer, error, isOld } = useAnswer("api/panel", body, { generation: view.generation, order });
  const isBusy = !answer && !error;
  const href = address(view.state, { board: "routes" }, finding.panel);
  return html`<li
    data-finding=${finding.panel}
    aria-busy=${isBusy ? "true" : "false"}
    data-old=${isOld ? "true" : undefined}
  >
    <a href=${href}>
      <span class="label">${finding.title}</span>
      ${isBusy && html`<span class="skeleton"></span>`} ${error && html`<span class="says">${error.message}</span>`}
      ${answer && html`<${Said} finding=${finding} rows=${answer.rows} />`}
    </a>
  </li>`;
}

/** The first finding in each currency: amounts of different ones are neither added up nor compared. */
function Said({ finding, rows }) {
  const each = currenciesOf(rows).map((currency) =>
    finding.found(rows.filter((row) => (row.currency ?? null) === currency)),
  );
  const said = each.filter(Boolean);
  if (!said.length) return html`<span class="says">${finding.none}</span>`;
  return said.map(
    ({ amount, row, says }) => html`<span class="amount">
        ${money(amount, row.currency, decimalsFor([amount]))}
        ${finding.mark && html`${" "}<small class="mark">${finding.mark}</small>`}
      </span>
      <span class="says">${says}</span>`,
  );
}

const named = (text) => html`<b>${text || "(none)"}</b>`;
const isMore = (amount) => amount !== null && Number(amount) > 0;
const spent = (row) => money(row.spend, row.currency, decimalsFor([row.spend]));

function cheaper([row]) {
  if (!row) return null;
  const to = row.model === row.other_model ? `${row.other_model}, ${row.other_tier || "other tier"}` : row.other_model;
  return {
    amount: row.saved,
    row,
    says: html`would be saved of ${spent(row)} by moving ${named(row.name)} from ${named(row.model)} to ${named(to)}`,
  };
}

function waste([row]) {
  if (!row || !isMore(row.spend)) return null;
  return { amount: row.spend, row, says: html`was billed on ${named(row.name)} for answers that were ${row.outcome}` };
}

function fallbacks([row]) {
  if (!row || !isMore(row.premium)) return null;
  return {
    amount: row.premium,
    row,
    says: html`more was paid on ${named(row.name)}, where another model had to answer`,
  };
}

/** A cache that costs more than it saves comes before one that saves. */
function cache(rows) {
  const known = rows.filter((row) => row.saved !== null);
  const worst = known.at(-1);
  if (!worst) return null;
  if (Number(worst.saved) < 0)
    return {
      amount: worst.saved,
      row: worst,
      says: html`on ${named(worst.name)}: writing to the cache cost more than reading saved`,
    };
  return {
    amount: known[0].saved,
    row: known[0],
    says: html`is saved by the cache already, most of all routes, on ${named(known[0].name)}`,
  };
}

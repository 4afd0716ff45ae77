// Where money leaks: the largest findings of panels of routes and of jobs, each one click from its panel.
import { html } from "../vendor/preact.js";
import { scaled } from "./decimals.js";
import { currenciesOf, decimalsFor, money, share } from "./figures.js";
import { titleOf } from "./filters.js";
import { useAnswer } from "./hooks.js";
import { address } from "./state.js";

const ROWS = 500;
/**
 * What is looked for: where (the panels of a board), under which title, with which mark of its figures, and what was found in
 * the rows of a currency, each with the panel it is `of`: `{amount, row, says}`.
 */
const FINDINGS = [
  {
    name: "cheaper",
    board: "routes",
    panels: ["cheaper"],
    title: "Cheaper model",
    mark: "if",
    found: cheaper,
    none: "No route could answer on a cheaper model that is used here.",
  },
  {
    name: "waste",
    board: "routes",
    panels: ["waste"],
    title: "Answers nobody used",
    mark: "",
    found: waste,
    none: "No attempt was billed whose answer nobody used.",
  },
  {
    name: "fallbacks",
    board: "routes",
    panels: ["fallbacks"],
    title: "Fallbacks",
    mark: "est.",
    found: fallbacks,
    none: "No fallback cost more than a first choice.",
  },
  {
    name: "margin",
    board: "jobs",
    panels: ["tenant", "job"],
    title: "Worst margin",
    mark: "",
    found: margin,
    none: "No customer and no kind of job is known to cost more than it earns.",
  },
];

export function Leaks({ view }) {
  return html`<section class="panel wide leaks" aria-labelledby="leaks">
    <header><div><h2 id="leaks">Where it leaks</h2><p>What could be saved first, and where?</p></div></header>
    <ul>
      ${FINDINGS.map((finding, at) => html`<${Finding} key=${finding.name} view=${view} finding=${finding} order=${4 + at} />`)}
    </ul>
  </section>`;
}

function Finding({ view, finding, order }) {
  const { since, until } = view.period;
  const { board, panels } = finding;
  const asked = panels.map((panel) => {
    const body = { board, panel, since, until, filters: view.state.filters, limit: ROWS };
    return useAnswer("api/panel", body, { generation: view.generation, order });
  });
  const error = asked.find((each) => each.error)?.error;
  const isBusy = !error && !asked.every(({ answer }) => answer);
  const answers = isBusy || error ? [] : asked.map(({ answer }) => answer);
  const said = firstOfEach(finding, answers);
  const notTaken = answers[0]?.filters_not_taken ?? [];
  const href = address(view.state, { board }, said[0]?.row.of ?? panels[0]);
  return html`<li
    data-finding=${finding.name}
    aria-busy=${isBusy ? "true" : "false"}
    data-old=${asked.some(({ isOld }) => isOld) ? "true" : undefined}
  >
    <a href=${href}>
      <span class="label">${finding.title}</span>
      ${isBusy && html`<span class="skeleton"></span>`} ${error && html`<span class="says">${error.message}</span>`}
      ${answers.length > 0 && html`<${Said} finding=${finding} said=${said} />`}
      ${notTaken.length > 0 && html`<span class="label">Not narrowed to ${notTaken.map(titleOf).join(", ")}.</span>`}
    </a>
  </li>`;
}

/** The first finding in each currency: amounts of different ones are neither added up nor compared. */
function firstOfEach(finding, answers) {
  const rows = answers.flatMap((answer) => answer.rows.map((row) => ({ ...row, of: answer.panel })));
  return currenciesOf(rows)
    .map((currency) => finding.found(rows.filter((row) => (row.currency ?? null) === currency)))
    .filter(Boolean);
}

function Said({ finding, said }) {
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

const KINDS = { tenant: "customer", job: "job" };

/** Of customers and kinds of job, the one on which most is lost. */
function margin(rows) {
  const losing = rows.filter((row) => row.gross_margin !== null && scaled(row.gross_margin) < 0n);
  if (!losing.length) return null;
  const row = losing.reduce((one, other) => (scaled(other.gross_margin) < scaled(one.gross_margin) ? other : one));
  const part = row.margin_share === null ? "" : `, a margin of ${share(row.margin_share)}`;
  const revenue = money(row.revenue, row.currency, decimalsFor([row.revenue]));
  return {
    amount: row.gross_margin,
    row,
    says: html`is left of ${revenue} that the ${KINDS[row.of]} ${named(row.name)} brought in${part}`,
  };
}

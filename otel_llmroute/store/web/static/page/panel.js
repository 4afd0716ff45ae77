// A panel: its question, its figures as a chart and as a table, its SQL, and its data to take along.
import { html, useEffect } from "../vendor/preact.js";
import { Bars } from "./charts/bars.js";
import { Flow } from "./charts/flow.js";
import { Numbers } from "./charts/numbers.js";
import { Time } from "./charts/time.js";
import { Waterfall } from "./charts/waterfall.js";
import { repricing, useStore, whichOf } from "./commands.js";
import { count, isUncertain, markOf } from "./figures.js";
import { titleOf } from "./filters.js";
import { useAnswer, useNearness } from "./hooks.js";
import { MOST, question } from "./question.js";
import { Command, Trouble } from "./notices.js";
import { address } from "./state.js";
import { FigureTable, setsPrices } from "./table.js";
import { Tools } from "./tools.js";

const CHARTS = { bars: Bars, flow: Flow, numbers: Numbers, time: Time, waterfall: Waterfall };
/** Rows that are asked for: bars and tables show the first, a chart over time needs all. */
const ROWS = 500;
/** Charts of which the period before has no row to compare a row with. */
const NOT_COMPARED = new Set(["flow", "waterfall"]);

function compared(view, panel) {
  const hasOwn = panel.columns.some(({ name }) => name === "spend_before");
  return view.state.compare && panel.period === "range" && !hasOwn && !NOT_COMPARED.has(panel.chart);
}

export function PanelView({ view, board, panel, room, order, told, isHidden }) {
  const [place, isNear] = useNearness(order < 4);
  const needsTrace = panel.chart === "waterfall" && !view.state.filters.trace;
  const limit = panel.chart === "time" || panel.chart === "waterfall" ? MOST : ROWS;
  const body = { ...question(view, board, panel, limit), ...(compared(view, panel) ? { compare: true } : {}) };
  const found = useAnswer("api/panel", body, {
    generation: view.generation,
    order,
    isWanted: isNear && !needsTrace,
  });
  useEffect(() => {
    if (found.answer && !found.isOld) told(panel.name, found.answer.rows.filter(isThere).length);
  }, [found.answer, found.isOld]);
  const isTable = panel.chart === "table" || view.state.tables.includes(panel.name);
  const id = `panel-${panel.name}`;
  return html`<section
    class=${`panel ${isTable ? "wide" : room}`}
    id=${panel.name}
    hidden=${isHidden}
    ref=${place}
    tabindex="-1"
    aria-labelledby=${id}
    aria-busy=${found.isAsking ? "true" : "false"}
    data-panel=${`${board.name}/${panel.name}`}
    data-old=${found.isOld ? "true" : undefined}
  >
    <header>
      <div><h2 id=${id}>${panel.title}</h2><p>${panel.about}</p></div>
      <${Tools} view=${view} board=${board} panel=${panel} isTable=${isTable} rows=${found.answer?.rows.length ?? 0} />
    </header>
    ${found.answer && html`<${NotTaken} answer=${found.answer} />`}
    <div class="body">
      ${
        needsTrace
          ? html`<p class="none">Choose a trace above, or open one from an error of a route.</p>`
          : html`<${Body} view=${view} board=${board} panel=${panel} found=${found} isTable=${isTable} />`
      }
    </div>
  </section>`;
}

/** A row of the period before alone has no records now. */
export const isThere = (row) => row.records !== 0;

function Body({ view, board, panel, found, isTable }) {
  const { answer, error } = found;
  if (error) return html`<${Trouble} error=${error} again=${view.refresh} />`;
  if (!answer) return html`<div class="skeleton" role="status"><span class="unseen">Asking …</span></div>`;
  if (!answer.rows.length && !answer.gone?.length) return html`<${None} panel=${panel} />`;
  const Chart = CHARTS[panel.chart];
  const shown = { view, board, panel, answer };
  return html`
    ${isTable || !Chart ? html`<${FigureTable} ...${shown} />` : html`<${Chart} ...${shown} />`}
    <${Foot} view=${view} answer=${answer} />
  `;
}

/** Panels that are empty until something is done: what that is. */
const FIRST_STEPS = {
  budgets: html`<${NoBudget} />`,
  unpriced: "Every model that was used has a price.",
  experiments: html`None of these calls is of an experiment: <code>llmroute.bind(experiment="short_prompt", variant="b")</code> around
    a call says of which it is.`,
  response_cache: html`None of these calls looked into a cache of the application's own: <code>route.cache("hit")</code> or${" "}
    <code>route.cache("miss")</code> says that one did.`,
};

function NoBudget() {
  const store = useStore();
  return html`No budget yet. Name one in <code>llmroute.toml</code> under <code>[[budgets]]</code>. Then start${" "}
    <code>llmroute up</code> again beside that file, or type
    ${store ? html`${" "}<${Command} text=${`llmroute budget --save${whichOf(store)}`} />` : html`<span aria-busy="true"></span>`}`;
}

const None = ({ panel }) => html`<p class="none">${FIRST_STEPS[panel.name] ?? "No data"}</p>`;

/** What the figures are not narrowed to, where the panel cannot take it: they are of everything. */
function NotTaken({ answer }) {
  const names = answer.filters_not_taken;
  if (!names.length) return null;
  return html`<p class="not-taken" role="note">
    Not narrowed to ${names.map(titleOf).join(", ")}: these figures are not kept by that.
  </p>`;
}

/** What has to be known of the figures above. */
function Foot({ view, answer }) {
  const isPart = answer.rows.some(isUncertain);
  const isLess = answer.rows.some((row) => answer.columns.some(({ name }) => markOf(name, row) === "-?"));
  const isOfPrices = setsPrices(answer);
  // That of the waterfall says how to come to what is already shown, that of prices what is shown as commands.
  const note = answer.chart === "waterfall" || isOfPrices ? "" : answer.note;
  if (!note && !isPart && !answer.has_more && !isOfPrices) return null;
  return html`<footer>
    ${note && html`<p>${note}</p>`} ${isOfPrices && html`<${Repricing} view=${view} />`}
    ${isPart && html`<p><b>+?</b> At least this: <${Missing} view=${view} answer=${answer} />.</p>`}
    ${isLess && html`<p><b>-?</b> At most this: what is not known of the spend lowers it.</p>`}
    ${answer.has_more && html`<p>There are more than these ${answer.rows.length} rows: CSV and JSON have them.</p>`}
  </footer>`;
}

/** What makes a price that was set count for the calls that were made before. */
function Repricing({ view }) {
  const store = useStore();
  if (!store) return html`<p aria-busy="true"></p>`;
  return html`<p>Put in the prices of a million tokens. Then this works out what the calls of this period cost:</p>
    <p><${Command} text=${repricing(store, view.period)} /></p>`;
}

const MISSING = { unpriced: "without a price", partly_priced: "priced in part", no_usage: "without a report of usage" };

/** Which costs are not in the figures, and how many: but of budgets, which have calls in common. */
function Missing({ view, answer }) {
  const { rows } = answer;
  const isShared = answer.panel === "budgets";
  const counts = Object.keys(MISSING).map((name) => [name, rows.reduce((sum, row) => sum + Number(row[name] ?? 0), 0)]);
  return counts
    .filter(([, number]) => number)
    .map(([name, number], at) => {
      const text = `${isShared ? "calls" : count(number)} ${MISSING[name]}`;
      const href = address(view.state, { board: "models" }, "unpriced");
      return html`${at ? ", " : ""}${name === "unpriced" ? html`<a href=${href}>${text}</a>` : text}`;
    });
}

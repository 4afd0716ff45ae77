// A board: its figures first, then where it leaks, then its panels.
import { html, useMemo, useState } from "../vendor/preact.js";
import { useAnswer } from "./hooks.js";
import { Leaks } from "./leaks.js";
import { Beginning, NoJobs, NothingHere } from "./notices.js";
import { isThere, PanelView } from "./panel.js";

/** The board that a person opens first. */
const FIRST = "spend";

export function BoardView({ view, board }) {
  const asked = JSON.stringify([view.period, view.state.filters]);
  const [found, setFound] = useState({ asked, rows: {} });
  const rows = found.asked === asked ? found.rows : {};
  const told = (name, count) =>
    setFound((before) => ({ asked, rows: { ...(before.asked === asked ? before.rows : {}), [name]: count } }));
  const panels = useMemo(() => arranged(board.panels), [board]);
  const telling = panels.filter(({ panel }) => tells(panel)).map(({ panel }) => panel.name);
  const counted = telling.filter((name) => name in rows);
  // The first three say whether there is anything, whichever is answered first: those further down are asked when they
  // come near.
  const isEmpty = telling.slice(0, 3).every((name) => rows[name] === 0) && counted.every((name) => rows[name] === 0);
  // Where there is nothing, those that said so go on asking, unseen: with a refresh there may be something.
  const asking = isEmpty ? panels.filter(({ panel }) => panel.name in rows) : panels;
  const figures = asking.filter(isFigures);
  const others = asking.filter((each) => !isFigures(each));
  const shown = ({ panel, room }, at) =>
    html`<${PanelView}
      key=${panel.name}
      view=${view}
      board=${board}
      panel=${panel}
      room=${room}
      order=${at}
      told=${told}
      isHidden=${isEmpty && !(panel.period === "month" && rows[panel.name])}
    />`;
  return html`
    ${isEmpty && html`<${Nothing} view=${view} board=${board} />`}
    <div class="panels">
      ${figures.map(shown)}
      ${board.name === FIRST && !isEmpty && html`<${Leaks} view=${view} />`}
      ${others.map((each, at) => shown(each, figures.length + at))}
    </div>
  `;
}

/** Whether the rows of a panel say that there is something: those of the month are of another period. */
const tells = ({ period, chart }) => period === "range" && chart !== "waterfall";

/** The figures first, and narrow panels in pairs; each with the room it gets: `{panel, room}`. */
function arranged(panels) {
  const small = panels.filter((panel) => isFigures({ panel }) && panel.columns.length <= FEW).length;
  const rest = panels
    .map((panel) => ({ panel, room: roomOf(panel, small) }))
    .sort((one, other) => isFigures(other) - isFigures(one));
  const found = [];
  while (rest.length) {
    const next = rest.shift();
    found.push(next);
    if (next.room !== "half") continue;
    const pair = rest.findIndex(({ room }) => room === "half");
    if (pair >= 0) found.push(...rest.splice(pair, 1));
    else next.room = "wide";
  }
  return found;
}

const isFigures = ({ panel }) => panel.chart === "numbers";

/** Columns that a panel of figures may have to share its row with others. */
const FEW = 8;

/** `small`: how many panels of figures there are to share a row. */
function roomOf({ chart, columns }, small) {
  if (chart !== "numbers") return chart === "bars" ? "half" : "wide";
  return columns.length > FEW || small === 1 ? "wide" : small === 2 ? "half" : "third";
}

const EVER = { since: "1970-01-01T00:00:00Z", until: "2105-01-01T00:00:00Z", limit: 1 };

function Nothing({ view, board }) {
  const ever = { filter: "service", ...EVER };
  const { answer, error } = useAnswer("api/values", ever, { generation: view.generation, order: -1 });
  if (!answer && !error) return null;
  if (answer && !answer.values.length) return html`<${Beginning} />`;
  return board.name === "jobs" ? html`<${NoJob} view=${view} />` : html`<${NothingHere} state=${view.state} />`;
}

/** Jobs are there once the application says so: calls without one are no reason to look at another period. */
function NoJob({ view }) {
  const { since, until } = view.period;
  const now = { board: "data", panel: "coverage", since, until, filters: view.state.filters, limit: 1 };
  const calls = useAnswer("api/panel", now, { generation: view.generation, order: -1 });
  const ever = { board: "jobs", panel: "all", filters: {}, ...EVER };
  const jobs = useAnswer("api/panel", ever, { generation: view.generation, order: -1 });
  if ([calls, jobs].some(({ answer, error }) => !answer && !error)) return null;
  if (!calls.answer?.rows.some(isThere)) return html`<${NothingHere} state=${view.state} />`;
  return jobs.answer && !jobs.answer.rows.some(isThere)
    ? html`<${NoJobs} />`
    : html`<${NothingHere} state=${view.state} what="job" />`;
}

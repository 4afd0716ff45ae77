// The page: its head, the boards, and the board that the address names.
import { html, useEffect, useMemo } from "../vendor/preact.js";
import { BoardView } from "./board.js";
import { Controls } from "./controls.js";
import { goTo, useAddress, useClock } from "./hooks.js";
import { SqlPage } from "./sql_page.js";
import { address, periodOf, THEMES, unknownTo } from "./state.js";

const SQL = { name: "sql", title: "SQL", about: "Ask the store yourself: read only." };

export function App({ boards, filters }) {
  const [state, go] = useAddress();
  const [clock, refresh] = useClock(state.board === SQL.name ? 0 : state.refresh);
  const shown = [...boards, SQL].find(({ name }) => name === state.board) ?? boards[0];
  const period = periodOf(state, clock.now);
  const unread = [...state.unread, ...unknownTo(state, shown)];
  const view = useMemo(
    () => ({ state, go, boards, period, generation: clock.generation, refresh }),
    [state, boards, period.since, period.until, clock.generation],
  );
  useEffect(() => {
    if (location.hash) goTo(location.hash.slice(1));
  }, []);
  useEffect(() => {
    document.title = `${shown.title} · otel-llmroute`;
  }, [shown.title]);
  useEffect(() => {
    document.documentElement.dataset.theme = state.theme;
  }, [state.theme]);
  return html`
    <a class="skip" href="#board" onClick=${(event) => toBoard(event)}>Skip to the board</a>
    <${Head} boards=${[...boards, SQL]} shown=${shown} state=${state} go=${go} />
    ${shown !== SQL && html`<${Controls} view=${view} filters=${filters} clock=${clock} />`}
    <main id="board" tabindex="-1" data-board=${shown.name}>
      <div class="opening"><h1>${shown.title}</h1><p>${shown.about}</p></div>
      ${
        unread.length > 0 &&
        html`<p class="not-taken" role="note">
          <span>Not understood in the address, and left out: <code>${unread.join(", ")}</code></span>
        </p>`
      }
      ${
        shown === SQL
          ? html`<${SqlPage} key="sql" view=${view} />`
          : html`<${BoardView} key=${shown.name} view=${view} board=${shown} />`
      }
    </main>
  `;
}

function toBoard(event) {
  event.preventDefault();
  document.getElementById("board").focus();
}

function Head({ boards, shown, state, go }) {
  const theme = (event) => go(address(state, { theme: event.target.value }), { replace: true });
  return html`<header class="head">
    <a class="brand" href=${address(state, { board: "spend", filters: {} })}>
      <img src="static/icon.svg" alt="" width="22" height="22" /><span>otel-llmroute</span>
    </a>
    <nav aria-label="Boards">
      ${boards.map(
        (board) => html`<a
          key=${board.name}
          href=${address(state, { board: board.name })}
          aria-current=${board === shown ? "page" : undefined}
          >${board.title}</a
        >`,
      )}
    </nav>
    <label class="theme">
      <span class="unseen">Theme</span>
      <select value=${state.theme} onChange=${theme}>
        ${Object.entries(THEMES).map(([value, name]) => html`<option value=${value}>${name}</option>`)}
      </select>
    </label>
  </header>`;
}

// Asking the store in SQL: a statement, its rows, and what there is to ask about. The store allows reading alone.
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { Trouble } from "./notices.js";
import { MOST, question } from "./question.js";
import { address } from "./state.js";
import { ask } from "./store.js";
import { Result } from "./sql_result.js";
import { TablesOfStore } from "./sql_tables.js";

const FIRST = `SELECT route, currency, sum(cost) AS spend, count() AS records
FROM llm_calls
GROUP BY route, currency
ORDER BY spend DESC NULLS LAST`;

export function SqlPage({ view }) {
  const { state, go, boards } = view;
  const [text, type] = useState(state.sql || FIRST);
  const [found, setFound] = useState(null);
  const editor = useRef(null);
  const stop = useRef(null);
  useEffect(() => type(state.sql || FIRST), [state.sql]);
  useEffect(() => () => stop.current?.abort(), []);
  const run = async (event) => {
    event?.preventDefault();
    stop.current?.abort();
    stop.current = new AbortController();
    const { signal } = stop.current;
    if (text !== state.sql) go(address(state, { sql: text }), { replace: true });
    setFound({ isAsking: true });
    const began = performance.now();
    try {
      const answer = await ask("api/sql", { statement: text }, { signal, order: -1 });
      setFound({ answer, ms: performance.now() - began });
    } catch (error) {
      if (!signal.aborted) setFound({ error });
    }
  };
  const keys = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(event);
  };
  const put = (statement) => {
    type(statement);
    editor.current.focus();
  };
  return html`<div class="sql-page">
    <div class="asking">
      <form onSubmit=${run} class="panel">
        <label for="statement">Statement</label>
        <textarea
          id="statement"
          ref=${editor}
          rows=${Math.min(24, Math.max(8, text.split("\n").length + 1))}
          spellcheck=${false}
          autocomplete="off"
          value=${text}
          onInput=${(event) => type(event.target.value)}
          onKeyDown=${keys}
        ></textarea>
        <div class="row">
          <button type="submit" class="primary">Run</button>
          <span class="hint">Ctrl+Enter. Reading only: the store refuses everything else.</span>
        </div>
      </form>
      <${Result} found=${found} />
    </div>
    <aside aria-label="What there is to ask">
      <${Examples} view=${view} boards=${boards} put=${put} />
      <${TablesOfStore} />
    </aside>
  </div>`;
}

/** The panels' own questions, with the period and the filters of the page filled in. */
function Examples({ view, boards, put }) {
  const [error, setError] = useState(null);
  const choose = async (board, panel) => {
    try {
      put((await ask("api/panel/sql", question(view, board, panel, MOST), { order: -1 })).statement);
      setError(null);
    } catch (refusal) {
      setError(refusal);
    }
  };
  return html`<section class="panel">
    <header><div><h2>Questions of the boards</h2><p>Each is put into the editor, with this period filled in.</p></div></header>
    ${error && html`<${Trouble} error=${error} />`}
    ${boards.map(
      (board) => html`<details key=${board.name}>
        <summary>${board.title}</summary>
        <ul class="choices">
          ${board.panels.map(
            (panel) =>
              html`<li><button type="button" class="link" onClick=${() => choose(board, panel)}>${panel.about}</button></li>`,
          )}
        </ul>
      </details>`,
    )}
  </section>`;
}

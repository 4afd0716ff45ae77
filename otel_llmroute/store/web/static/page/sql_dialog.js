// The SQL of a panel, as it was asked, one click away.
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { Copy } from "./notices.js";
import { address } from "./state.js";
import { ask } from "./store.js";

/** `sql` is the question as it is kept; the statement is that with period and filters in it. */
export function SqlDialog({ view, title, sql, question, close }) {
  const dialog = useRef(null);
  const [statement, setStatement] = useState("");
  useEffect(() => {
    dialog.current.showModal();
    const stop = new AbortController();
    ask("api/panel/sql", question, { signal: stop.signal, order: -1 }).then(
      (told) => setStatement(told.statement),
      () => {},
    );
    return () => stop.abort();
  }, []);
  const shown = statement || sql;
  const href = address(view.state, { board: "sql", sql: statement });
  return html`<dialog ref=${dialog} class="sql" aria-labelledby="sql-title" onClose=${close}>
    <header>
      <h2 id="sql-title">SQL of ${title}</h2>
      <button type="button" class="quiet" onClick=${() => dialog.current.close()}>Close</button>
    </header>
    <pre tabindex="0" aria-label="Statement">${shown}</pre>
    <footer>
      <${Copy} text=${shown} what="statement" />
      ${statement && html`<a class="button" href=${href}>Open in the SQL page</a>`}
    </footer>
  </dialog>`;
}

// What can be done with a panel: the other way to see it, its SQL, its data as a file.
import { html, useRef, useState } from "../vendor/preact.js";
import { saveCsv, saveJson } from "./downloads.js";
import { MOST, question } from "./question.js";
import { SqlDialog } from "./sql_dialog.js";
import { address } from "./state.js";

/** `rows`: how many there are to save. */
export function Tools({ view, board, panel, isTable, rows }) {
  const whole = question(view, board, panel, MOST);
  const has = { title: panel.title, question: whole, isOff: !rows };
  return html`<div class="tools">
    ${panel.chart !== "table" && html`<${Switch} view=${view} panel=${panel} isTable=${isTable} />`}
    <${Sql} view=${view} panel=${panel} question=${whole} />
    <${Save} kind="CSV" save=${saveCsv} ...${has} />
    <${Save} kind="JSON" save=${saveJson} ...${has} />
  </div>`;
}

function Switch({ view, panel, isTable }) {
  const others = view.state.tables.filter((name) => name !== panel.name);
  const href = address(view.state, { tables: isTable ? others : [...others, panel.name] }, panel.name);
  const next = isTable ? "Chart" : "Table";
  const says = `${panel.title}: show as ${next.toLowerCase()}`;
  return html`<a class="quiet" data-stays href=${href} aria-label=${says}>${next}</a>`;
}

function Sql({ view, panel, question }) {
  const [isOpen, open] = useState(false);
  const button = useRef(null);
  const close = () => {
    open(false);
    button.current?.focus();
  };
  return html`<button
      type="button"
      class="quiet"
      ref=${button}
      onClick=${() => open(true)}
      aria-label=${`${panel.title}: SQL`}
    >
      SQL
    </button>
    ${
      isOpen &&
      html`<${SqlDialog} view=${view} title=${panel.title} sql=${panel.sql} question=${question} close=${close} />`
    }`;
}

function Save({ kind, save, title, question, isOff }) {
  const [error, setError] = useState(null);
  const doIt = () => save(question).then(() => setError(null), setError);
  return html`<button
      type="button"
      class="quiet"
      disabled=${isOff}
      onClick=${doIt}
      aria-label=${`${title}: save as ${kind}`}
    >
      ${kind}
    </button>
    ${error && html`<span class="not-saved" role="alert">Not saved: ${error.message}</span>`}`;
}

// A panel's figures as a table: every column, the first rows until all are wanted.
import { html, useState } from "../vendor/preact.js";
import { Before, Cell, isNew } from "./cells.js";
import { settingPrice, useStore } from "./commands.js";
import { decimalsOf, figure, grouped, isNumber } from "./figures.js";
import { Command } from "./notices.js";
import { orderOf, sorted, SortedBy } from "./sorting.js";

const FIRST_ROWS = 12;
const FIRST_GONE = 3;

export function FigureTable({ view, panel, answer }) {
  const [isWhole, showWhole] = useState(false);
  const order = orderOf(view, panel);
  const rows = sorted(grouped(answer), answer.columns, order);
  const gone = answer.gone ?? [];
  const { columns } = answer;
  const has = { view, panel, columns, decimals: decimalsOf(columns, rows), setsPrices: setsPrices(answer) };
  return html`
    <div class="scroll" role="region" tabindex="0" aria-label=${`${panel.title}, table`}>
      <table>
        <thead>
          <tr>
            ${columns.map(
              (column) =>
                html`<${SortedBy} key=${column.name} view=${view} panel=${panel} column=${column} order=${order} />`,
            )}
          </tr>
        </thead>
        <tbody>
          ${rows.slice(0, isWhole ? rows.length : FIRST_ROWS).map((row, at) => html`<${Row} key=${at} row=${row} ...${has} />`)}
          ${gone.slice(0, isWhole ? gone.length : FIRST_GONE).map((row) => html`<${Gone} row=${row} ...${has} />`)}
        </tbody>
      </table>
    </div>
    ${!isWhole && html`<${Whole} rows=${rows.length} gone=${gone.length} show=${() => showWhole(true)} />`}
  `;
}

function Row({ view, panel, columns, row, decimals, setsPrices }) {
  const content = (column) => html`
    <${Cell} view=${view} panel=${panel} column=${column} row=${row} decimals=${decimals[column.name]} />
    <${Before} column=${column} row=${row} decimals=${decimals[column.name]} />
  `;
  const [first, ...others] = columns;
  return html`<tr class=${setsPrices ? "above" : undefined}>
    ${
      isNumber(first)
        ? html`<td class="number">${content(first)}</td>`
        : html`<th scope="row">${content(first)}${isNew(row) && html`${" "}<small class="new">new</small>`}</th>`
    }
    ${others.map((column) => html`<td key=${column.name} class=${kindOf(column)}>${content(column)}</td>`)}
  </tr>
  ${setsPrices && html`<${Price} row=${row} width=${columns.length} />`}`;
}

/** What shows the rows that are left. */
function Whole({ rows, gone, show }) {
  if (rows <= FIRST_ROWS && gone <= FIRST_GONE) return null;
  return html`<button type="button" class="quiet more" onClick=${show}>
    Show all ${rows} rows${gone > FIRST_GONE && `, and ${gone} no longer there`}
  </button>`;
}

/** Whether it is of models that want a price: each has the command that sets it. */
export const setsPrices = (answer) => answer.board === "models" && answer.panel === "unpriced";
const kindOf = (column) => (isNumber(column) ? "number" : "text");

/** A row of the period before that is not there any more: what it was. */
function Gone({ columns, row, decimals }) {
  return html`<tr class="gone">
    ${columns.map((column, place) => {
      const text = figure(column, row, decimals[column.name]);
      if (isNumber(column)) return html`<td class="number"><small class="before">${text}</small></td>`;
      if (place === 0) return html`<th scope="row">${text}${" "}<small class="new">no longer there</small></th>`;
      return html`<td class="text">${text}</td>`;
    })}
  </tr>`;
}

/** Below a model, what sets its price: beside it there is no room for a command. */
function Price({ row, width }) {
  const store = useStore();
  return html`<tr class="typed" aria-busy=${store ? "false" : "true"}>
    <td colspan=${width}>${store && html`<${Command} text=${settingPrice(store, row)} />`}</td>
  </tr>`;
}

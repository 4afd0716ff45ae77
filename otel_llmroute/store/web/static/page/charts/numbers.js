// A few figures, the first one large, for each currency.
import { html } from "../../vendor/preact.js";
import { Before, Cell, Heading } from "../cells.js";
import { decimalsOf } from "../figures.js";

export function Numbers({ view, panel, answer }) {
  const value = answer.columns.find(({ name }) => name === panel.value) ?? answer.columns[0];
  const others = answer.columns.filter((column) => column !== value);
  const decimals = decimalsOf(answer.columns, answer.rows);
  const cell = (
    column,
    row,
  ) => html`<${Cell} view=${view} panel=${panel} column=${column} row=${row} decimals=${decimals[column.name]} />
    <${Before} column=${column} row=${row} decimals=${decimals[column.name]} />`;
  return answer.rows.map(
    (row, at) => html`<dl class="figures" key=${at}>
      <div class="large"><dt><${Heading} column=${value} /></dt><dd>${cell(value, row)}</dd></div>
      ${others.map(
        (column) => html`<div key=${column.name}>
          <dt><${Heading} column=${column} /></dt>
          <dd>${cell(column, row)}</dd>
        </div>`,
      )}
    </dl>`,
  );
}

// The filters in force, and choosing more: values that were seen in the period, or any text.
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { useAnswer, useDismissal } from "./hooks.js";
import { address, narrowed } from "./state.js";

const TITLES = { tenant: "customer", attempt: "attempt reason" };
export const titleOf = (name) => TITLES[name] ?? name;
const SHOWN = 50;

export function FilterBar({ view, names }) {
  const { state } = view;
  const told = Object.entries(state.filters);
  return html`<div class="filters" role="group" aria-label="Filters">
    ${told.map(([name, values]) => html`<${Chip} key=${name} view=${view} name=${name} values=${values} />`)}
    <${Picker} view=${view} names=${names} />
    ${told.length > 1 && html`<a class="quiet" href=${address(state, { filters: {} })}>Remove all</a>`}
  </div>`;
}

function Chip({ view, name, values }) {
  const { state } = view;
  const text = values.map((value) => value || "(none)").join(" or ");
  return html`<span class="chip">
    <span><b>${titleOf(name)}</b> ${text}</span>
    <a
      href=${address(state, { filters: narrowed(state.filters, name, []) })}
      aria-label=${`Remove the filter ${titleOf(name)} ${text}`}
      >×</a
    >
  </span>`;
}

function Picker({ view, names }) {
  const [isOpen, open] = useState(false);
  const [name, choose] = useState(names[0]);
  const place = useRef(null);
  const button = useRef(null);
  useDismissal(place, isOpen, (toButton) => {
    open(false);
    if (toButton) button.current.focus();
  });
  return html`<span class="opener" ref=${place}>
    <button
      type="button"
      class="adder"
      ref=${button}
      aria-expanded=${isOpen ? "true" : "false"}
      onClick=${() => open(!isOpen)}
    >+ Filter</button>
    ${
      isOpen &&
      html`<div class="sheet picker" role="group" aria-label="Choose a filter">
      <label for="filter-name">By</label>
      <select id="filter-name" value=${name} onChange=${(event) => choose(event.target.value)}>
        ${names.map((each) => html`<option value=${each}>${titleOf(each)}</option>`)}
      </select>
      <${Values} key=${name} view=${view} name=${name} />
    </div>`
    }
  </span>`;
}

function Values({ view, name }) {
  const { state, go, period, generation } = view;
  const [text, type] = useState("");
  const contains = useSettled(text);
  const body = {
    filter: name,
    since: period.since,
    until: period.until,
    limit: SHOWN,
    ...(contains ? { contains } : {}),
  };
  const { answer, error } = useAnswer("api/values", body, { generation, order: -1 });
  const chosen = state.filters[name] ?? [];
  const set = (values) => go(address(state, { filters: narrowed(state.filters, name, values) }));
  const take = (event) => {
    event.preventDefault();
    if (text && !chosen.includes(text)) set([...chosen, text]);
    type("");
  };
  const seen = answer?.values ?? [];
  return html`<form onSubmit=${take}>
      <label class="unseen" for="filter-text">Find, or type a value</label>
      <input
        id="filter-text"
        type="search"
        autocomplete="off"
        placeholder="Find, or type a value and press Enter"
        value=${text}
        onInput=${(event) => type(event.target.value)}
      />
    </form>
    <ul class="values" aria-label=${`Values of ${titleOf(name)}`}>
      ${[...chosen.filter((value) => !seen.includes(value)), ...seen].map(
        (value) => html`<li key=${value}><label>
          <input
            type="checkbox"
            checked=${chosen.includes(value)}
            onChange=${(event) => set(event.target.checked ? [...chosen, value] : chosen.filter((each) => each !== value))}
          />
          <span>${value || "(none)"}</span>
        </label></li>`,
      )}
    </ul>
    <p class="hint" aria-live="polite">${said(answer, error, text)}</p>`;
}

function said(answer, error, text) {
  if (error) return error.message;
  if (!answer) return "Looking …";
  if (answer.has_more) return "There are more: type to find them.";
  return answer.values.length
    ? ""
    : text
      ? "Not seen in this period. Enter takes it anyway."
      : "None seen in this period.";
}

/** The text once typing has paused. */
function useSettled(text) {
  const [settled, settle] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => settle(text), 200);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

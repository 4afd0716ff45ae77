// The period, the filters, the comparison and the refresh: what all panels of a board have in common.
import { html, useRef, useState } from "../vendor/preact.js";
import { FilterBar } from "./filters.js";
import { useDismissal } from "./hooks.js";
import { address, momentOf, RANGES, REFRESHES } from "./state.js";

export function Controls({ view, filters, clock }) {
  const { state, go } = view;
  const compare = () => go(address(state, { compare: !state.compare }));
  return html`<section class="controls" aria-label="What is shown">
    <div class="row">
      <nav class="segments" aria-label="Period">
        ${Object.entries(RANGES).map(
          ([range, title]) => html`<a
            href=${address(state, { range })}
            aria-current=${state.range === range ? "true" : undefined}
            title=${title}
            >${range === "month" ? "Month" : range}</a
          >`,
        )}
        <${Custom} view=${view} />
      </nav>
      <button type="button" class="toggle" aria-pressed=${state.compare ? "true" : "false"} onClick=${compare}>
        Compare with the period before
      </button>
      <${FilterBar} view=${view} names=${filters} />
      <${Refresh} view=${view} clock=${clock} />
    </div>
  </section>`;
}

function Custom({ view }) {
  const { state, go, period } = view;
  const [isOpen, open] = useState(false);
  const place = useRef(null);
  const button = useRef(null);
  useDismissal(place, isOpen, (toButton) => {
    open(false);
    if (toButton) button.current.focus();
  });
  const take = (event) => {
    event.preventDefault();
    const given = new FormData(event.target);
    const [since, until] = [momentOf(given.get("since")), momentOf(given.get("until"))];
    if (!since || !until || since >= until) return;
    go(address(state, { range: "custom", since, until }));
    open(false);
    button.current.focus();
  };
  const title = state.range === "custom" ? `${spoken(state.since)} to ${spoken(state.until)}` : "Custom";
  return html`<span class="opener" ref=${place}>
    <button
      type="button"
      ref=${button}
      aria-expanded=${isOpen ? "true" : "false"}
      aria-current=${state.range === "custom" ? "true" : undefined}
      onClick=${() => open(!isOpen)}
    >${title}</button>
    ${
      isOpen &&
      html`<form class="sheet period" onSubmit=${take} aria-label="Custom period">
      <${Moment} title="From, UTC" name="since" value=${period.since} />
      <${Moment} title="To, UTC" name="until" value=${period.until} />
      <p class="hint">Figures are kept by the hour: a period is of whole hours.</p>
      <button type="submit" class="primary">Show it</button>
    </form>`
    }
  </span>`;
}

const Moment = ({ title, name, value }) =>
  html`<label>${title} <input type="datetime-local" name=${name} required step="3600" value=${value.slice(0, 16)} /></label>`;

const spoken = (moment) => moment.replace("T", " ");

function Refresh({ view, clock }) {
  const { state, go, refresh } = view;
  const every = (event) => go(address(state, { refresh: Number(event.target.value) }), { replace: true });
  const at = new Date(clock.now).toISOString().slice(11, 19);
  return html`<span class="refresh">
    <span class="quiet-text" aria-live="polite">As of ${at} UTC</span>
    <button type="button" class="quiet" onClick=${refresh}>Refresh</button>
    <label><span class="unseen">Refresh by itself</span>
      <select value=${String(state.refresh)} onChange=${every}>
        ${Object.entries(REFRESHES).map(
          ([seconds, title]) =>
            html`<option value=${seconds}>${seconds === "0" ? "Auto: off" : `Every ${title}`}</option>`,
        )}
      </select>
    </label>
  </span>`;
}

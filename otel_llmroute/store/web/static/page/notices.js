// What a panel says when it has no figures: why, and what to do next.
import { html, useState } from "../vendor/preact.js";
import { address, RANGES } from "./state.js";

/** One line of what went wrong, and what to do. */
export function Trouble({ error, again }) {
  return html`<div class="trouble" role="alert">
    <p><strong>${error.message}</strong>${error.hint && html`<span class="hint">Try: ${error.hint}</span>`}</p>
    ${again && html`<button type="button" class="quiet" onClick=${again}>Ask again</button>`}
  </div>`;
}

/** Nothing has ever arrived: how to begin. */
export function Beginning() {
  return html`<section class="beginning" aria-labelledby="beginning">
    <h2 id="beginning">Nothing has arrived yet</h2>
    <p>Put it around your application. It needs no change of code:</p>
    <${Command} text="llmroute run -- python app.py" />
    <p>
      An application that sends OpenTelemetry already can send it here:
      <code>OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318</code>. If calls were made and nothing shows,
      <code>llmroute doctor</code> says why.
    </p>
  </section>`;
}

/** There are data, and none that meet what is asked for. */
export function NothingHere({ state }) {
  const hasFilters = Object.keys(state.filters).length > 0;
  const wider = { "1h": "24h", "24h": "7d", "7d": "30d", month: "30d", custom: "30d" }[state.range];
  return html`<section class="beginning" aria-labelledby="beginning">
    <h2 id="beginning">Nothing in this period${hasFilters && " that meets these filters"}</h2>
    <p>The store holds records, but none that began in it${hasFilters && " and meet them all"}.</p>
    <p class="ways">
      ${wider && html`<a class="button" href=${address(state, { range: wider })}>Show ${RANGES[wider].toLowerCase()}</a>`}
      ${hasFilters && html`<a class="button" href=${address(state, { filters: {} })}>Remove the filters</a>`}
      ${!wider && !hasFilters && html`<span>Choose an earlier period: <em>Custom</em> above.</span>`}
    </p>
  </section>`;
}

/** A command, and a button that copies it. */
export function Command({ text }) {
  return html`<span class="command"><code>${text}</code><${Copy} text=${text} what="command" /></span>`;
}

export function Copy({ text, what }) {
  const [said, say] = useState("");
  const copy = async () => {
    say((await copied(text)) ? "Copied" : "Press Ctrl+C");
    setTimeout(() => say(""), 2500);
  };
  return html`<button type="button" class="quiet" onClick=${copy} aria-label=${`Copy the ${what}`}>
    <span aria-live="polite">${said || "Copy"}</span>
  </button>`;
}

/** Browsers lend the clipboard to HTTPS and to this machine alone. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

// What a panel says when it has no figures: why, and what to do next.
import { html, useState } from "../vendor/preact.js";
import { isHere, useStore, variablesOf, whichOf } from "./commands.js";
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
  const store = useStore();
  if (!store) return null;
  return html`<section class="beginning" aria-labelledby="beginning">
    <h2 id="beginning">Nothing has arrived yet</h2>
    ${
      isHere() &&
      html`<p>Put <code>llmroute run</code> before your application. It needs no change of code:</p>
      <${Command} text=${`llmroute run${whichOf(store)} -- python app.py`} />`
    }
    ${
      store.otlp_http &&
      html`<p>An application that sends OpenTelemetry already sends it here with:</p>
      <${Command} text=${variablesOf(store)} />
      ${store.needs_token && html`<p><code>TOKEN</code> is the token of this store, which commands read from <code>LLMROUTE_TOKEN</code>.</p>`}`
    }
    <p>If calls were made and nothing shows, this says why:</p>
    <${Command} text=${`llmroute doctor${whichOf(store)}`} />
  </section>`;
}

/** There are calls, and the application has never said what they were for. */
export function NoJobs() {
  return html`<section class="beginning" aria-labelledby="beginning">
    <h2 id="beginning">No jobs yet</h2>
    <p>
      Calls have arrived, and none of them is part of a job: a unit of work that a customer pays for. After${" "}
      <code>import otel_llmroute as llmroute</code>, put this line around what one takes:
    </p>
    <${Command} text=${'with llmroute.job("resolve_ticket", revenue="1.00") as job:'} what="line" />
    <p>Then this board shows what such a job costs, and what is left of its revenue.</p>
  </section>`;
}

/** There are data, and none that meet what is asked for; `what`: of what a board is, where there are calls. */
export function NothingHere({ state, what = "" }) {
  const hasFilters = Object.keys(state.filters).length > 0;
  const wider = { "1h": "24h", "24h": "7d", "7d": "30d", month: "30d", custom: "30d" }[state.range];
  return html`<section class="beginning" aria-labelledby="beginning">
    <h2 id="beginning">${what ? `No ${what}` : "Nothing"} in this period${hasFilters && " that meets these filters"}</h2>
    <p>
      The store holds ${what ? `${what}s` : "records"}, but none that began in it${hasFilters && " and meet them all"}.
    </p>
    <p class="ways">
      ${wider && html`<a class="button" href=${address(state, { range: wider })}>Show ${RANGES[wider].toLowerCase()}</a>`}
      ${hasFilters && html`<a class="button" href=${address(state, { filters: {} })}>Remove the filters</a>`}
      ${!wider && !hasFilters && html`<span>Choose an earlier period: <em>Custom</em> above.</span>`}
    </p>
  </section>`;
}

/** A command, and a button that copies it. */
export function Command({ text, what = "command" }) {
  return html`<span class="command"><code>${text}</code><${Copy} text=${text} what=${what} /></span>`;
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

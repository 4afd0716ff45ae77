// Starts the page: the boards first, then everything that they say is to be shown.
import { html, render } from "../vendor/preact.js";
import { App } from "./app.js";
import { Trouble } from "./notices.js";
import { ask } from "./store.js";

const root = document.getElementById("page");
try {
  const { boards, filters } = await ask("api/boards");
  root.replaceChildren();
  render(html`<${App} boards=${boards} filters=${filters} />`, root);
} catch (error) {
  root.replaceChildren();
  render(html`<main class="alone"><h1>The boards could not be opened</h1><${Trouble} error=${error} /></main>`, root);
}

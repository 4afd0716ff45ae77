// What is to be typed into a shell, so that it works as it stands: for this store, wherever it lies and listens.
import { useAnswer } from "./hooks.js";

/** What the store says of itself; `null` until it has. Asked once: none of it changes while it runs. */
export function useStore() {
  const { answer, error } = useAnswer("api/health", undefined, { generation: 0 });
  return answer ?? (error ? {} : null);
}

/** Whether the browser runs where the store does: a command that is typed there finds its folder. */
export const isHere = () => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname);

/** The option that says which store a command is for, after a space; "" where it is found without. */
export function whichOf(store) {
  if (!isHere()) return ` --url ${location.origin}`;
  return store.needs_data ? ` --data ${quoted(store.data)}` : "";
}

/** The variables that make any sender of OpenTelemetry send to this store. */
export function variablesOf(store) {
  const { protocol, hostname, port } = new URL(store.otlp_http);
  // What listens at every address of its machine is reached at the one that this page came from.
  const host = /^(0\.0\.0\.0|\[::\])$/.test(hostname) ? location.hostname : hostname;
  return [
    `OTEL_EXPORTER_OTLP_ENDPOINT=${protocol}//${host}:${port}`,
    "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    ...(store.needs_token ? ["OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN"] : []),
  ].join(" ");
}

/** What gives a model its price; the amounts are the reader's to fill in. */
export function settingPrice(store, { provider, model, service_tier }) {
  const words = ["llmroute prices set"];
  if (provider) words.push(`--provider ${quoted(provider)}`);
  words.push(`--model ${quoted(model)}`);
  if (service_tier) words.push(`--tier ${quoted(service_tier)}`);
  return `${words.join(" ")} --input-per-mtok PRICE --output-per-mtok PRICE${whichOf(store)}`;
}

/** What works out the costs of a period that had no price. */
export const repricing = (store, { since }) =>
  `llmroute reprice --since ${since.slice(0, 16)} --only unpriced${whichOf(store)}`;

/** A word of a shell: quotes around what is not plain. */
export const quoted = (word) => (/^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

// Asking the store: few questions at a time, none twice, and none that nobody waits for any more.

/** Questions at a time: the store has few readers, and the first panels should not wait for the last. */
const AT_ONCE = 3;
const KEPT = 300;

/** What the store refused, or why it could not be asked: one line, and what to do. */
export class Refusal extends Error {
  constructor(message, hint = "", status = 0) {
    super(message);
    this.hint = hint || "";
    this.status = status;
  }
}

const waiting = [];
let running = 0;
const answers = new Map();

/** A turn among the questions; `order` says who comes first. Rejects when `signal` says that nobody waits. */
function turn(order, signal) {
  return new Promise((resolve, reject) => {
    const entry = { order, resolve };
    signal?.addEventListener("abort", () => {
      const at = waiting.indexOf(entry);
      if (at >= 0) waiting.splice(at, 1);
      reject(signal.reason);
    });
    waiting.push(entry);
    next();
  });
}

function next() {
  if (running >= AT_ONCE || !waiting.length) return;
  waiting.sort((one, other) => one.order - other.order);
  running += 1;
  waiting.shift().resolve();
}

/** The JSON that answers `body` at `path`; a GET without a body. Raises `Refusal`, or `AbortError` by `signal`. */
export async function ask(path, body, { signal, order = 0 } = {}) {
  return read(await askText(path, body, { signal, order }));
}

/** As `ask`, the answer as the store wrote it. */
export async function askText(path, body, { signal, order = 0 } = {}) {
  signal?.throwIfAborted();
  await turn(order, signal);
  try {
    return await textOf(path, body, signal);
  } finally {
    running -= 1;
    next();
  }
}

async function textOf(path, body, signal) {
  const asked = body === undefined ? {} : posted(body);
  let response;
  try {
    response = await fetch(path, { ...asked, signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refusal("the store does not answer", "is llmroute up still running?");
  }
  // The page that takes the token is what the store then shows at this address.
  if (response.status === 401) location.reload();
  const text = await response.text();
  if (response.ok) return text;
  const { message, hint } = errorOf(text);
  throw new Refusal(message ?? `the store answered with status ${response.status}`, hint, response.status);
}

function errorOf(text) {
  try {
    return JSON.parse(text).error ?? {};
  } catch {
    return {};
  }
}

/** JSON with whole numbers that are too large for JavaScript as text, so that no digit is lost. */
const read = (text) =>
  JSON.parse(text, (_, value, context) =>
    Number.isInteger(value) && !Number.isSafeInteger(value) ? (context?.source ?? String(value)) : value,
  );

const posted = (body) => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

/** As `ask`, from what was asked before in the same `generation`, where it was. */
export async function askOnce(generation, path, body, options) {
  const key = `${generation} ${path} ${JSON.stringify(body)}`;
  if (!answers.has(key)) {
    const answer = await ask(path, body, options);
    if (answers.size >= KEPT) answers.delete(answers.keys().next().value);
    answers.set(key, answer);
  }
  return answers.get(key);
}

/** The answer at hand, without asking. */
export const known = (generation, path, body) => answers.get(`${generation} ${path} ${JSON.stringify(body)}`);

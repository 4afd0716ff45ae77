// What the page shows, as its address: a reload, a bookmark and the back button all give the same page.

export const RANGES = { "1h": "1 hour", "24h": "24 hours", "7d": "7 days", "30d": "30 days", month: "This month" };
export const REFRESHES = { 0: "Off", 10: "10 s", 60: "1 min", 300: "5 min" };
export const THEMES = { "": "System", light: "Light", dark: "Dark" };
const FIRST = Object.freeze({
  board: "spend",
  range: "30d",
  since: "",
  until: "",
  filters: Object.freeze({}),
  compare: false,
  refresh: 0,
  theme: "",
  tables: Object.freeze([]),
  sorts: Object.freeze({}),
  sql: "",
});
/** A longer statement would be more than an address may hold. */
const LONGEST_SQL = 15_000;

/** The state that the query of an address tells; what it does not tell, or tells wrongly, is as at the start. */
export function stateOf(search) {
  const told = new URLSearchParams(search);
  const state = readOf(told);
  return { ...state, unread: unreadIn(told, state) };
}

function readOf(told) {
  const since = momentOf(told.get("since"));
  const until = momentOf(told.get("until"));
  return {
    board: told.get("board") || FIRST.board,
    range: since && until ? "custom" : known(RANGES, told.get("range"), FIRST.range),
    since: since && until ? since : "",
    until: since && until ? until : "",
    filters: pairsOf(told.getAll("filter"), "="),
    compare: told.get("compare") === "1",
    refresh: Number(known(REFRESHES, told.get("refresh"), FIRST.refresh)),
    theme: known(THEMES, told.get("theme"), FIRST.theme),
    tables: (told.get("tables") || "").split(",").filter(Boolean),
    sorts: Object.fromEntries(Object.entries(pairsOf(told.getAll("sort"), ".")).map(([panel, [by]]) => [panel, by])),
    sql: told.get("sql") || "",
  };
}

/** What an address tells and nobody can read, as it stands there. */
function unreadIn(told, state) {
  const isRead = {
    since: state.range === "custom",
    until: state.range === "custom",
    range: Object.hasOwn(RANGES, told.get("range") ?? ""),
    compare: /^[01]$/.test(told.get("compare") ?? ""),
    refresh: Object.hasOwn(REFRESHES, told.get("refresh") ?? ""),
    theme: Object.hasOwn(THEMES, told.get("theme") ?? ""),
  };
  const wrong = Object.entries(isRead).filter(([name, is]) => told.get(name) && !is);
  const torn = ["filter=", "sort."].flatMap((start) => {
    const [name, sign] = [start.slice(0, -1), start.at(-1)];
    return told
      .getAll(name)
      .filter((text) => text.indexOf(sign) < 1)
      .map((text) => [name, text]);
  });
  return [...wrong.map(([name]) => [name, told.get(name)]), ...torn].map((pair) => pair.join("="));
}

/** The same of what names a board, a panel or a column that there is not; `shown`: the board that is shown instead. */
export function unknownTo(state, shown) {
  const isThere = ([name, by]) => {
    const panel = shown.panels.find((each) => each.name === name);
    return panel?.columns.some((column) => column.name === by.replace(/^-/, ""));
  };
  const sorts = Object.entries(state.sorts).filter((sort) => shown.panels && !isThere(sort));
  const tables = state.tables.filter((name) => shown.panels && !shown.panels.some((each) => each.name === name));
  return [
    ...(state.board === shown.name ? [] : [`board=${state.board}`]),
    ...sorts.map(([name, by]) => `sort=${name}.${by}`),
    ...tables.map((name) => `tables=${name}`),
  ];
}

const known = (choices, name, otherwise) => (name !== null && Object.hasOwn(choices, name) ? name : otherwise);

/** `2026-11-01T12:00` in UTC, or "". */
export function momentOf(text) {
  const moment = new Date(/[Z+]|-\d\d:\d\d$/.test(text ?? "") ? text : `${text}Z`);
  return Number.isNaN(moment.getTime()) ? "" : moment.toISOString().slice(0, 16);
}

/** `["route=a", "route=b"]` -> `{route: ["a", "b"]}`, each value once. */
function pairsOf(texts, sign) {
  const found = new Map();
  for (const text of texts) {
    const at = text.indexOf(sign);
    if (at < 1) continue;
    const name = text.slice(0, at);
    found.set(name, new Set([...(found.get(name) ?? []), text.slice(at + 1)]));
  }
  return Object.fromEntries([...found].map(([name, values]) => [name, [...values]]));
}

/** The query of the address that shows `state`; what is as at the start is left out. */
export function searchOf(state) {
  const told = new URLSearchParams();
  if (state.board !== FIRST.board) told.set("board", state.board);
  if (state.range === "custom") {
    told.set("since", state.since);
    told.set("until", state.until);
  } else if (state.range !== FIRST.range) told.set("range", state.range);
  for (const [name, values] of Object.entries(state.filters)) {
    for (const value of values) told.append("filter", `${name}=${value}`);
  }
  if (state.compare) told.set("compare", "1");
  if (state.refresh) told.set("refresh", String(state.refresh));
  if (state.theme) told.set("theme", state.theme);
  if (state.tables.length) told.set("tables", state.tables.join(","));
  for (const [panel, by] of Object.entries(state.sorts)) told.append("sort", `${panel}.${by}`);
  if (state.sql && state.sql.length <= LONGEST_SQL) told.set("sql", state.sql);
  const text = told.toString();
  return text ? `?${text}` : "";
}

/** The address of `state` with some of it changed. Another board starts with its charts, and without a statement. */
export function address(state, changes = {}, anchor = "") {
  const isOther = "board" in changes && changes.board !== state.board;
  const next = { ...state, ...(isOther ? { tables: [], sorts: {}, sql: "" } : {}), ...changes };
  return `./${searchOf(next)}${anchor ? `#${anchor}` : ""}`;
}

/** `filters` with the values of one name replaced; none of them takes the name out. */
export function narrowed(filters, name, values) {
  const { [name]: _, ...others } = filters;
  return values.length ? { ...others, [name]: values } : others;
}

const HOUR = 3_600_000;
const LENGTHS = { "1h": HOUR, "24h": 24 * HOUR, "7d": 7 * 24 * HOUR, "30d": 30 * 24 * HOUR };

/** Since and until of the state, UTC. Figures are kept by hours, so relative ranges are of whole ones. */
export function periodOf(state, now) {
  if (state.range === "custom") return { since: `${state.since}:00Z`, until: `${state.until}:00Z` };
  const end = new Date(Math.floor(now / HOUR) * HOUR + HOUR);
  const at = new Date(now);
  const month = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1);
  const start = new Date(state.range === "month" ? month : end.getTime() - LENGTHS[state.range]);
  return { since: stamp(start), until: stamp(end) };
}

const stamp = (moment) => `${moment.toISOString().slice(0, 19)}Z`;

// Figures as a person reads them: the same rules, and the same words, as `llmroute report` (docs/boards.md).
import { absolute, fixed, rounded, scaled } from "./decimals.js";

export const UNKNOWN = "-";
const SYMBOLS = { USD: "$", EUR: "€", GBP: "£", JPY: "¥" };
/** Money that is more when a price becomes known. */
const UNCERTAIN = [
  "spend",
  "cost_per_call",
  "per_1k_calls",
  "cost_per_job",
  "cost_per_success",
  "forecast",
  "forecast_low",
  "forecast_high",
];

/** How many decimals make the largest amount read well: 2 from 100 on, 4 from 0.01 on, else 6. */
export function decimalsFor(amounts) {
  let largest = 0n;
  for (const amount of amounts) {
    if (amount === null || amount === undefined) continue;
    const size = absolute(scaled(amount));
    if (size > largest) largest = size;
  }
  if (largest >= scaled("100")) return 2;
  return largest >= scaled("0.01") || largest === 0n ? 4 : 6;
}

/** `$0.0042`, `CHF 3.10`; what is too small for the decimals is `<$0.0001`, never 0. */
export function money(amount, currency, decimals) {
  if (amount === null || amount === undefined) return UNKNOWN;
  const symbol = SYMBOLS[currency] ?? (currency ? `${currency} ` : "");
  const units = scaled(amount);
  if (units === 0n) return `${symbol}0`;
  const step = `0.${"0".repeat(decimals - 1)}1`;
  if (absolute(units) < scaled(step)) return `<${symbol}${step}`;
  const digits = rounded(amount, decimals)
    .toString()
    .padStart(decimals + 1, "0");
  const whole = digits.slice(0, -decimals).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${units < 0n ? "-" : ""}${symbol}${whole}.${digits.slice(-decimals)}`;
}

/** `17`, `12.3k`, `4.5M`. */
export function count(number) {
  if (number === null || number === undefined) return UNKNOWN;
  for (const [from, divisor, unit] of [
    [1e9, 1e9, "G"],
    [1e6, 1e6, "M"],
    [1e4, 1e3, "k"],
  ]) {
    if (number >= from) return `${fixed(number / divisor, 1)}${unit}`;
  }
  return String(number);
}

/** `42%`; what is more than nothing is never `0%`. */
export function share(part) {
  if (part === null || part === undefined) return UNKNOWN;
  return part > 0 && part < 0.005 ? "<1%" : `${fixed(part * 100, 0)}%`;
}

/** `+12%`, `-3%`. */
export function change(part) {
  if (part === null || part === undefined) return UNKNOWN;
  const text = fixed(part * 100, 0);
  return `${text.startsWith("-") ? "" : "+"}${text}%`;
}

/** `820ms`, `3.2s`. */
export function duration(ms) {
  if (ms === null || ms === undefined) return UNKNOWN;
  return ms < 1000 ? `${fixed(ms, 0)}ms` : `${fixed(ms / 1000, 1)}s`;
}

/** Whether money was spent that is not in the row. */
export function isUncertain(row) {
  return "spend" in row && ["unpriced", "partly_priced", "no_usage"].some((name) => row[name]);
}

/** What is less when a price becomes known. */
const LEFT_OVER = ["gross_margin", "margin_share"];

/** `+?` behind what may be more than it shows, `-?` behind what may be less; "" else. */
export function markOf(name, row) {
  if (row[name] === null || row[name] === undefined || !isUncertain(row)) return "";
  return UNCERTAIN.includes(name) ? "+?" : LEFT_OVER.includes(name) ? "-?" : "";
}

/** A figure of a row. What is not known is `-`, or says what is missing: a price, a day of calls. */
export function figure(column, row, decimals) {
  const { name, unit } = column;
  const value = row[name];
  if (unit === "money") {
    if (value === null || value === undefined) return missing(name, row);
    return money(value, row.currency, decimals) + markOf(name, row);
  }
  if (value === null || value === undefined) return UNKNOWN;
  if (unit === "share") return (name === "change" ? change(value) : share(value)) + markOf(name, row);
  if (unit === "count") return count(value);
  if (unit === "seconds") return duration(value * 1000);
  if (unit === "minutes") return `${Number(value.toPrecision(6))} min`;
  if (unit === "number") return fixed(value, 1);
  return String(value) || "(none)";
}

function missing(name, row) {
  if (name === "forecast" && row.spend !== null && row.spend !== undefined) return "too early";
  return name === "spend" && row.unpriced ? "unpriced" : UNKNOWN;
}

export const isNumber = (column) => column.unit !== "text" && column.unit !== "time";

/** Column name -> decimals of its amounts. */
export function decimalsOf(columns, rows) {
  const amounts = columns.filter((column) => column.unit === "money");
  return Object.fromEntries(amounts.map(({ name }) => [name, decimalsFor(rows.map((row) => row[name]))]));
}

/** The rows of each currency together: an amount in one is not more or less than in another. */
export function grouped(answer) {
  if (answer.chart === "time" || answer.chart === "waterfall") return answer.rows;
  const order = [...new Set(answer.rows.map((row) => row.currency ?? null))];
  const rank = (row) => order.indexOf(row.currency ?? null);
  return [...answer.rows].sort((one, other) => rank(one) - rank(other));
}

/** The currencies of the rows, in their order. */
export const currenciesOf = (rows) => [...new Set(rows.map((row) => row.currency ?? null))];

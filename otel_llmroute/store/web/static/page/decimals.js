// Exact decimals. Amounts come as text and stay exact: they are compared and rounded as integers, never as floats.

/** `"-12.5"` -> `{units: -125n, places: 1}`. */
export function decimalOf(text) {
  const [whole, fraction = ""] = plainText(text).split(".");
  return { units: BigInt(whole + fraction), places: fraction.length };
}

function plainText(value) {
  const text = String(value);
  return /e/i.test(text) ? Number(text).toFixed(18) : text.replace(/^\+/, "");
}

const SCALE = 24;

/** The decimal as an integer number of 1e-24, so that any two can be compared and subtracted. */
export function scaled(text) {
  const { units, places } = decimalOf(text);
  return places <= SCALE ? units * 10n ** BigInt(SCALE - places) : units / 10n ** BigInt(places - SCALE);
}

export const absolute = (units) => (units < 0n ? -units : units);

/** The absolute value rounded to `places`, half to even, as an integer of that many decimals. */
export function rounded(text, places) {
  const step = 10n ** BigInt(SCALE - places);
  const units = absolute(scaled(text));
  const rest = units % step;
  const floor = units / step;
  if (rest * 2n === step) return floor + (floor % 2n);
  return rest * 2n > step ? floor + 1n : floor;
}

/** The exact sum of amounts of one currency, as text. */
export function sumOf(amounts) {
  const units = amounts.reduce((sum, amount) => sum + scaled(amount), 0n);
  const digits = absolute(units)
    .toString()
    .padStart(SCALE + 1, "0");
  const text = `${digits.slice(0, -SCALE)}.${digits.slice(-SCALE)}`.replace(/\.?0+$/, "");
  return units < 0n ? `-${text}` : text;
}

/** How much `now` is above `before`: 0.12 for an eighth more or so; `null` where that says nothing. */
export function changeOf(now, before) {
  if (now === null || now === undefined || before === null || before === undefined) return null;
  const base = scaled(before);
  if (base === 0n) return null;
  return Number(((scaled(now) - base) * 1_000_000n) / absolute(base)) / 1_000_000;
}

/** A float with `places` decimals, a tie to the even digit, as the terminal prints it. */
export function fixed(value, places) {
  const halves = Math.abs(value) * 2 ** (places + 1);
  if (halves % 2 !== 1) return value.toFixed(places);
  const floor = Math.floor(Math.abs(value) * 10 ** places);
  const even = floor + (floor % 2);
  return `${value < 0 ? "-" : ""}${(even / 10 ** places).toFixed(places)}`;
}

// The data of a panel or a statement as a file: the same CSV and JSON as `llmroute report` and `llmroute sql` write.
import { askText } from "./store.js";

/** All rows of a panel; what is shown comes first, then every other column of the question. */
export async function saveCsv(question) {
  const answer = JSON.parse(await askText("api/panel", question), asWritten);
  const shown = answer.columns.map(({ name }) => name);
  const header = [...new Set([...shown, ...Object.keys(answer.rows[0] ?? {})])];
  save(
    csvOf(
      header,
      answer.rows.map((row) => header.map((name) => row[name])),
    ),
    nameOf(question, "csv"),
    "text/csv",
  );
}

export async function saveJson(question) {
  save(await askText("api/panel", question), nameOf(question, "json"), "application/json");
}

const nameOf = ({ board, panel, since, until }, ending) =>
  `${board}-${panel}-${since.slice(0, 10)}-${until.slice(0, 10)}.${ending}`;

/** Numbers as the store wrote them, where the browser tells that. */
export const asWritten = (_, value, context) =>
  typeof value === "number" ? (context?.source ?? String(value)) : value;

/** CSV with a header; NULL is an empty field. */
export function csvOf(header, rows) {
  return [header, ...rows].map((row) => `${row.map(fieldOf).join(",")}\n`).join("");
}

function fieldOf(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function save(text, name, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // a busy browser is slow to begin
}

// Money over time: a bar for each step, in a chart for each currency. A step without calls has no bar.
import { html } from "../../vendor/preact.js";
import { count, currenciesOf, decimalsFor, figure, money } from "../figures.js";
import { Chart, common } from "./echart.js";

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** A longer period is drawn by day, as the store sums it. */
const HOURS_BY_HOUR = 72;

export function Time({ panel, answer }) {
  const steps = stepsOf(answer);
  const currencies = currenciesOf(answer.rows);
  const charts = currencies.map((currency) => {
    const rows = answer.rows.filter((row) => (row.currency ?? null) === currency);
    return html`<${Chart}
      key=${currency}
      height=${currencies.length > 1 ? 160 : 220}
      label=${labelOf(panel, rows, currency)}
      changes=${answer}
      optionOf=${(ink) => option(panel, answer, steps, rows, ink)}
    />`;
  });
  if (!answer.compared_with) return charts;
  const [since, until] = [answer.compared_with.since, answer.compared_with.until].map((moment) =>
    moment.slice(0, 16).replace("T", " "),
  );
  return html`${charts}<p class="hint">Dashed: the period before, ${since} to ${until} UTC.</p>`;
}

/** Every step of the period as the store names it: `2026-11-01 12:00`. */
function stepsOf(answer) {
  const [since, until] = [Date.parse(answer.since), Date.parse(answer.until)];
  const step = until - since <= HOURS_BY_HOUR * HOUR ? HOUR : DAY;
  const found = [];
  for (let at = Math.floor(since / step) * step; at < until; at += step) {
    found.push(new Date(at).toISOString().slice(0, 16).replace("T", " "));
  }
  return found.length <= 5000 ? found : answer.rows.map(({ time }) => time);
}

const stepsSaid = ({ length }) => `${length} step${length === 1 ? "" : "s"}`;

function labelOf(panel, rows, currency) {
  const known = rows.filter((row) => row[panel.value] !== null);
  if (!known.length) return `${panel.title}: ${stepsSaid(rows)}, none with a price`;
  const top = known.reduce((one, other) => (Number(other[panel.value]) > Number(one[panel.value]) ? other : one));
  const most = money(top[panel.value], currency, decimalsFor([top[panel.value]]));
  return `${panel.title}: ${stepsSaid(rows)} from ${rows[0].time} to ${rows.at(-1).time} UTC, most at ${top.time}: ${most}`;
}

function option(panel, answer, steps, rows, ink) {
  const byTime = new Map(rows.map((row) => [row.time, row]));
  const now = (step) => byTime.get(step);
  const then = beforeOf(answer, steps, rows);
  const value = answer.columns.find(({ name }) => name === panel.value);
  const decimals = decimalsFor(rows.map((row) => row[panel.value]));
  const isByDay = steps.every((step) => step.endsWith("00:00"));
  const base = common(ink);
  return {
    ...base,
    grid: { left: 8, right: 8, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      ...base.tooltip,
      trigger: "axis",
      axisPointer: { type: "shadow" },
      formatter: ([{ dataIndex }]) => tip(steps[dataIndex]),
    },
    xAxis: {
      type: "category",
      data: steps,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: ink.line } },
      axisLabel: {
        color: ink.faint,
        hideOverlap: true,
        formatter: (step) => (isByDay ? step.slice(5, 10) : step.slice(11)),
      },
    },
    yAxis: {
      type: "value",
      splitNumber: 4,
      splitLine: { lineStyle: { color: ink.line } },
      axisLabel: { color: ink.faint, formatter: (amount) => tickOf(amount, rows[0]?.currency) },
    },
    series: [
      {
        type: "bar",
        barMaxWidth: 28,
        itemStyle: { color: ink.series[0], borderRadius: [2, 2, 0, 0] },
        data: drawn(now),
      },
      ...(answer.compared_with
        ? [
            {
              type: "line",
              step: "middle",
              symbol: "circle",
              symbolSize: 5,
              itemStyle: { color: ink.series[1] },
              lineStyle: { color: ink.series[1], width: 1.5, type: "dashed" },
              data: drawn(then),
            },
          ]
        : []),
    ],
  };

  function drawn(rowAt) {
    return steps.map((step) => {
      const amount = rowAt(step)?.[panel.value] ?? null;
      return amount === null ? null : Number(amount);
    });
  }

  function tip(step) {
    const row = byTime.get(step);
    const before = answer.compared_with
      ? `\nBefore ${then(step) ? figure(value, then(step), decimals) : "no calls"}`
      : "";
    if (!row) return `${step} UTC\nno calls${before}`;
    return `${step} UTC\n${value.heading} ${figure(value, row, decimals)}\nCalls ${count(row.requests)}${before}`;
  }
}

/** What there was in the period before, by the step of this one that it is compared with. */
function beforeOf(answer, steps, rows) {
  const found = new Map(rows.filter((row) => row.before).map((row) => [row.time, { ...row, ...row.before }]));
  const step = Date.parse(`${steps[1] ?? steps[0]}Z`) - Date.parse(`${steps[0]}Z`) || HOUR;
  const later = Math.floor((Date.parse(answer.until) - Date.parse(answer.since)) / step) * step;
  // A step that has calls no more has no row of its own.
  for (const row of answer.gone ?? []) {
    if ((row.currency ?? null) !== (rows[0].currency ?? null)) continue;
    const at = new Date(Date.parse(`${row.time}Z`) + later).toISOString().slice(0, 16).replace("T", " ");
    found.set(at, row);
  }
  return (at) => found.get(at);
}

/** A tick is a round number that the chart chose: as many decimals as it has. */
function tickOf(amount, currency) {
  const text = String(Number(amount.toPrecision(6)));
  const decimals = Math.max(1, (text.split(".")[1] ?? "").length);
  const shown = money(text, currency, decimals);
  return text.includes(".") ? shown : shown.replace(/\.0$/, "");
}

// From the model that was asked for, over the one that was chosen, to the one that answered.
import { html } from "../../vendor/preact.js";
import { count } from "../figures.js";
import { Chart, common } from "./echart.js";

const STAGES = ["requested_model", "selected_model", "served_model"];
const SHOWN = 40;
const LONGEST_LABEL = 32;

export function Flow({ panel, answer }) {
  const { nodes, links } = flowOf(answer.rows, panel.value);
  const headings = STAGES.map((stage) => answer.columns.find(({ name }) => name === stage)?.heading ?? stage);
  const most = Math.max(...STAGES.map((_, at) => nodes.filter(({ depth }) => depth === at).length));
  const label = `${headings.join(", ")}: ${links
    .slice(0, 10)
    .map((link) => `${textOf(link.source)} to ${textOf(link.target)} ${link.value}`)
    .join("; ")}`;
  return html`<div class="stages" aria-hidden="true">${headings.map((heading) => html`<span>${heading}</span>`)}</div>
    <${Chart} height=${Math.max(160, 44 * most)} label=${label} changes=${answer} optionOf=${(ink, room) => option(nodes, links, ink, room)} />`;
}

/** Rows of all routes together. A model stands once in each stage, so that nothing flows back. */
export function flowOf(rows, value) {
  const links = new Map();
  for (const row of rows) {
    for (const at of [0, 1]) {
      const [source, target] = [`${at}:${row[STAGES[at]] ?? ""}`, `${at + 1}:${row[STAGES[at + 1]] ?? ""}`];
      const key = JSON.stringify([source, target]);
      const link = links.get(key) ?? { source, target, value: 0 };
      links.set(key, { ...link, value: link.value + row[value] });
    }
  }
  const largest = [...links.values()].sort((one, other) => other.value - one.value).slice(0, SHOWN);
  const names = [...new Set(largest.flatMap(({ source, target }) => [source, target]))];
  return { nodes: names.map((name) => ({ name, depth: Number(name[0]) })), links: largest };
}

const textOf = (name) => name.slice(2) || "(not said)";

/** What fits beside a node. The tip has the whole name. */
const labelOf = (name) => {
  const letters = [...textOf(name)];
  return letters.length > LONGEST_LABEL ? `${letters.slice(0, LONGEST_LABEL - 1).join("")}…` : letters.join("");
};

/** The label of a node: beside it, or above it and no wider than its third where the labels of two stages would meet. */
export function labelAt(depth, { width, isNarrow }) {
  if (!isNarrow) return { position: depth === 2 ? "left" : "right" };
  const above = { width: Math.floor(width / 3) - 8, overflow: "truncate", verticalAlign: "bottom" };
  if (depth === 1) return { ...above, position: "top", align: "center" };
  return { ...above, position: [depth ? NODE : 0, -2], align: depth ? "right" : "left" };
}

const NODE = 10;

function option(nodes, links, ink, room) {
  const models = [...new Set(nodes.map(({ name }) => textOf(name)))];
  const colour = (name) => ink.series[models.indexOf(textOf(name)) % ink.series.length];
  const base = common(ink);
  return {
    ...base,
    tooltip: {
      ...base.tooltip,
      formatter: ({ dataType, data, name, value }) =>
        dataType === "edge"
          ? `${textOf(data.source)} → ${textOf(data.target)}\n${count(data.value)} calls`
          : `${textOf(name)}\n${count(value)} calls`,
    },
    series: [
      {
        type: "sankey",
        left: 4,
        right: 4,
        top: room.isNarrow ? 22 : 8,
        bottom: 8,
        nodeWidth: NODE,
        nodeGap: room.isNarrow ? 24 : 12,
        draggable: false,
        emphasis: { focus: "adjacency" },
        data: nodes.map((node) => ({
          ...node,
          itemStyle: { color: colour(node.name), borderWidth: 0 },
          label: labelAt(node.depth, room),
        })),
        links,
        label: { color: ink.text, fontSize: 12, formatter: ({ name, value }) => `${labelOf(name)}  ${count(value)}` },
        lineStyle: { color: "gradient", opacity: 0.28, curveness: 0.5 },
      },
    ],
  };
}

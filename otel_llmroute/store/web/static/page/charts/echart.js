// A chart of Apache ECharts, loaded when the first one comes near. It takes its colours from the style sheet.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { useNearness } from "../hooks.js";

let library;
const loaded = () => (library ??= import("../../vendor/echarts.js"));

/** From how many pixels on there is room for what stands beside a thing; below, it stands above it. */
const ROOM = 560;

/** `optionOf(ink, room)` is what ECharts draws, `room: {width, isNarrow}`; `label` says it to who does not see it. */
export function Chart({ label, height, optionOf, changes }) {
  const [place, isNear] = useNearness();
  const drawn = useRef(null);
  const [scheme, setScheme] = useState(0);
  const [isNarrow, setNarrow] = useState(false);
  useEffect(() => watchedScheme(() => setScheme((turn) => turn + 1)), []);
  useEffect(() => {
    if (!isNear) return undefined;
    let isWanted = true;
    loaded().then(({ init }) => {
      if (!isWanted || !place.current) return;
      drawn.current ??= begun(init, place.current);
      drawn.current.setOption(optionOf(ink(place.current), { width: place.current.clientWidth, isNarrow }), {
        notMerge: true,
      });
    });
    return () => {
      isWanted = false;
    };
  }, [isNear, scheme, isNarrow, changes]);
  useEffect(() => {
    const sized = new ResizeObserver(([{ contentRect }]) => {
      setNarrow(contentRect.width < ROOM);
      drawn.current?.resize();
    });
    sized.observe(place.current);
    return () => {
      sized.disconnect();
      drawn.current?.dispose();
    };
  }, []);
  return html`<div class="chart" ref=${place} role="img" aria-label=${label} style=${{ height: `${height}px` }}></div>`;
}

/** A canvas; the element says `data-drawn` when all of it is there. */
function begun(init, element) {
  const chart = init(element, null, { renderer: "canvas" });
  chart.on("finished", () => element.setAttribute("data-drawn", "true"));
  return chart;
}

/** Calls `changed` when the page turns dark or light. */
function watchedScheme(changed) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", changed);
  const chosen = new MutationObserver(changed);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    system.removeEventListener("change", changed);
    chosen.disconnect();
  };
}

const NAMES = ["text", "faint", "line", "card", "series-1", "series-2", "series-3", "series-4", "series-5", "series-6"];

/** Name -> colour, as the style sheet has it now; and the type. */
function ink(element) {
  const probe = element.ownerDocument.createElement("span");
  element.append(probe);
  const found = {};
  for (const name of NAMES) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  const { fontFamily } = getComputedStyle(element);
  probe.remove();
  const series = NAMES.filter((name) => name.startsWith("series")).map((name) => found[name]);
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return { ...found, series, fontFamily, animation: !isStill };
}

/** What every chart has. The tip is drawn as text: names of the data are never read as HTML. */
export function common(colours) {
  return {
    animation: colours.animation,
    animationDuration: 250,
    color: colours.series,
    textStyle: { fontFamily: colours.fontFamily, color: colours.faint, fontSize: 12 },
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: colours.card,
      borderColor: colours.line,
      textStyle: { color: colours.text, fontSize: 12 },
    },
  };
}

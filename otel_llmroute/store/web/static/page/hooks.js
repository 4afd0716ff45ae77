// What the parts of the page share: the address, the time, answers of the store.
import { useEffect, useRef, useState } from "../vendor/preact.js";
import { stateOf } from "./state.js";
import { askOnce, known } from "./store.js";

/**
 * The state of the address, and how to change it; links of the page change it too, without loading anything. One with
 * `data-stays` leaves the reader where the link is.
 */
export function useAddress() {
  const [state, setState] = useState(() => stateOf(location.search));
  const go = (href, { replace = false } = {}) => {
    history[replace ? "replaceState" : "pushState"](null, "", href);
    setState(stateOf(location.search));
  };
  useEffect(() => {
    const back = () => setState(stateOf(location.search));
    const follow = (event) => {
      const link = inside(event);
      if (!link) return;
      event.preventDefault();
      const { board } = stateOf(location.search);
      go(link.href);
      const isElsewhere = stateOf(location.search).board !== board;
      if (isElsewhere || (link.hash && !("stays" in link.dataset))) goTo(link.hash.slice(1));
    };
    addEventListener("popstate", back);
    document.addEventListener("click", follow);
    return () => {
      removeEventListener("popstate", back);
      document.removeEventListener("click", follow);
    };
  }, []);
  return [state, go];
}

/** The link of this page that a plain click is on. */
function inside(event) {
  const link = event.target.closest?.("a[href]");
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || event.defaultPrevented || link.target || link.hasAttribute("download")) return null;
  return link.origin === location.origin && link.pathname === location.pathname ? link : null;
}

/** Ends the stay at the panel that was gone to last. */
let leave = () => {};

/** Goes to the panel of that name when it is there, else to the top. */
export function goTo(name) {
  leave();
  requestAnimationFrame(() => {
    const panel = name && document.getElementById(name);
    if (!panel) return scrollTo(0, 0);
    panel.scrollIntoView();
    panel.focus({ preventScroll: true });
    leave = stayAt(panel);
  });
}

const BY_HAND = ["wheel", "touchmove", "pointerdown", "keydown", "popstate"];

/** Answers that come in above a panel push it away: it is gone back to until all are there, or the reader moves. */
function stayAt(panel) {
  const stay = new AbortController();
  const back = () => panel.scrollIntoView();
  const moved = new ResizeObserver(back);
  moved.observe(panel.parentElement);
  let quiet = 0;
  const timer = setInterval(() => {
    quiet = document.querySelector("#board [aria-busy=true]") ? 0 : quiet + 1;
    if (quiet < 3) return;
    back();
    stay.abort();
  }, 200);
  stay.signal.addEventListener("abort", () => {
    moved.disconnect();
    clearInterval(timer);
  });
  for (const event of BY_HAND) addEventListener(event, () => stay.abort(), { signal: stay.signal, passive: true });
  return () => stay.abort();
}

/** Now, and a number that grows with each refresh: every `seconds` while the page is looked at, and on demand. */
export function useClock(seconds) {
  const [tick, setTick] = useState(() => ({ now: Date.now(), generation: 0 }));
  const refresh = () => setTick(({ generation }) => ({ now: Date.now(), generation: generation + 1 }));
  useEffect(() => {
    if (!seconds) return undefined;
    let due = false;
    const timer = setInterval(() => (document.hidden ? (due = true) : refresh()), seconds * 1000);
    const seen = () => {
      if (!document.hidden && due) refresh();
      due = false;
    };
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [seconds]);
  return [tick, refresh];
}

/**
 * `{answer, error, isAsking}` of a question. While it is asked again the answer before stays, unless the question is
 * another one: `isOld` then. Nothing is asked while `isWanted` is false.
 */
export function useAnswer(path, body, { generation, order = 0, isWanted = true }) {
  const key = JSON.stringify(body);
  const [found, setFound] = useState({});
  useEffect(() => {
    if (!isWanted) return undefined;
    const stop = new AbortController();
    const asked = (more) => !stop.signal.aborted && setFound({ key, generation, ...more });
    askOnce(generation, path, body, { signal: stop.signal, order }).then(
      (answer) => asked({ answer }),
      (error) => asked({ error }),
    );
    return () => stop.abort();
  }, [path, key, generation, isWanted]);
  const ready = known(generation, path, body);
  if (ready) return { answer: ready, isAsking: false };
  const isSame = found.key === key;
  return {
    answer: isSame || !found.error ? found.answer : undefined,
    error: isSame && found.generation === generation ? found.error : undefined,
    isAsking: isWanted && !(isSame && found.generation === generation),
    isOld: !isSame && Boolean(found.answer),
  };
}

/** A ref, and whether what it is on has come near to what is seen. It stays true. */
export function useNearness(isNear = false) {
  const place = useRef(null);
  const [seen, setSeen] = useState(isNear);
  useEffect(() => {
    if (seen || !place.current) return undefined;
    const watch = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true),
      { rootMargin: "400px 0px" },
    );
    watch.observe(place.current);
    return () => watch.disconnect();
  }, [seen]);
  return [place, seen];
}

/** Closes what is open by Escape and by a click outside of it. */
export function useDismissal(place, isOpen, close) {
  useEffect(() => {
    if (!isOpen) return undefined;
    const key = (event) => event.key === "Escape" && close(true);
    const press = (event) => !place.current?.contains(event.target) && close(false);
    document.addEventListener("keydown", key);
    document.addEventListener("pointerdown", press);
    return () => {
      document.removeEventListener("keydown", key);
      document.removeEventListener("pointerdown", press);
    };
  }, [isOpen]);
}

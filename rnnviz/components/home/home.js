// A text is read from left to right, and one vector is rewritten. State lives on the host and survives reruns.

export default function ({ data, parentElement: host, setTriggerValue }) {
  const S = host.__home || (host.__home = { t: 1, unit: 1, turn: -1, seen: 0, speed: 1, timer: null, bytes: null });
  const leave = whenChanged(S, host, data, setTriggerValue, () => rebuild(S, host.querySelector("#root"), unpack(data)));
  return () => {
    leave();
    S.forgetDemo?.();
  };
}

function rebuild(S, root, p) {
  const running = S.demo;
  S.forgetDemo?.();
  [S.p, S.root, S.updates, S.seen] = [p, root, [], p.time];
  const go = startTimeline(S, p, () => {
    if (!S.demo) S.seen = p.time;
    S.tip.hidden = true;
    reveal(S);
    update(S);
  });
  S.resume = () => S.demo || play(S, go);
  dress(S, root, p);
  const main = make("div", { class: "main" }, root);
  buildPlayer(main, S, go);
  buildMemory(main, S, go);
  const side = make("div", { class: "cards" }, root);
  buildExpects(side, S);
  buildSwap(side, S);
  S.forgetKeys = listenToKeys(S, go);
  startDemo(S, running);
  S.observer = new ResizeObserver(() => layout(S));
  S.observer.observe(S.time);
  layout(S);
}

function layout(S) {
  const width = S.time.clientWidth;
  if (!width) return;
  const least = (S.p.tokens.some((token) => [...token].length > 1) ? 52 : 12) * typeScale();
  S.column = Math.max(least, Math.min(64 * typeScale(), width / S.p.time));
  S.inner.style.width = `${S.column * S.p.time}px`;
  S.inner.style.setProperty("--column", `${S.column}px`);
  reveal(S);
  update(S);
}

function update(S) {
  if (!S.column) return;
  for (const act of S.updates) act();
}

// Bring the playhead into view, if the text is wider than the screen.
function reveal(S) {
  if (!S.column) return;
  const [left, right] = [(S.t - 1) * S.column, S.t * S.column];
  if (left < S.time.scrollLeft) S.time.scrollLeft = Math.max(0, left - 40);
  else if (right > S.time.scrollLeft + S.time.clientWidth) S.time.scrollLeft = right - S.time.clientWidth + 40;
}

// Score. The shared timeline's two coordinates are here the token (`t`) and the row (`unit`).
export default function ({ data, parentElement: host, setTriggerValue }) {
  const S = host.__score || (host.__score = { t: 1, unit: 1, turn: -1, speed: 1, timer: null, bytes: null });
  return whenChanged(S, host, data, setTriggerValue, () => rebuild(S, host.querySelector("#root"), unpack(data)));
}

function rebuild(S, root, p) {
  [S.p, S.root, S.updates, S.dots] = [p, root, [], null];
  const go = startTimeline(S, p, () => {
    for (const act of S.updates) act();
    S.sumHead?.();
  });
  S.moveRow = (by) => go({ unit: Math.max(1, Math.min(p.units, S.unit + by)) });
  S.resume = () => play(S, go);
  dress(S, root, p);
  p.rows.forEach((row, at) => root.style.setProperty(`--line-${at}`, p.series[row.series][S.dark ? "dark" : "colour"]));
  S.main = make("div", { class: "main" }, root);
  const bar = buildPlayer(S.main, S, go);
  if (p.layout !== "present") buildFiles(bar, S, () => scoreSvg(S));
  buildRows(S.main, S, go);
  legend(S.main, S);
  buildSum(S.main, S, go);
  buildOrders(S.main, S);
  const cards = make("div", { class: "cards" }, root);
  buildCard(cards, S);
  if (p.layout !== "present") toldCards(cards, p.words);
  if (S.dots && S.ordered === false) S.dots.closest("section").scrollIntoView({ block: "nearest" }); // asked for just now, below the fold
  S.ordered = Boolean(S.dots);
  S.tip = make("div", { class: "tip", hidden: true }, root);
  S.forgetKeys = listenToKeys(S, go);
  const lay = () => {
    S.width = S.main.clientWidth;
    drawSum(S, go);
    drawOrders(S);
  };
  S.observer = new ResizeObserver(() => S.main.clientWidth !== S.width && lay());
  S.observer.observe(S.main);
  lay();
  for (const act of S.updates) act();
}

function legend(parent, S) {
  make("span", { class: "note" }, surpriseLegend(parent, S), S.p.by_word ? S.p.words.legend_word : S.p.words.legend_token);
}

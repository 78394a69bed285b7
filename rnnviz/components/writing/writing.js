// Writing. The shared timeline's coordinate `t` is here the token that was said.
export default function ({ data, parentElement: host, setTriggerValue }) {
  const S = host.__writing || (host.__writing = { t: 1, unit: 1, turn: -1, speed: 2, timer: null, bytes: null });
  return whenChanged(S, host, data, setTriggerValue, () => rebuild(S, host.querySelector("#root"), unpack(data)));
}

function rebuild(S, root, p) {
  [S.p, S.root, S.updates] = [p, root, []];
  const go = startTimeline(S, p, () => {
    for (const act of S.updates) act();
  });
  S.resume = () => play(S, go);
  dress(S, root, p);
  S.main = make("div", { class: "main" }, root);
  const bar = buildPlayer(S.main, S, go);
  if (p.layout !== "present") buildFiles(bar, S, () => writingSvg(S));
  buildText(S.main, S, go);
  buildLegend(S.main, S);
  const below = make("div", { class: "below" }, S.main);
  if (p.layout !== "present") {
    toldCards(make("div", { class: "told" }, below), p.words);
    buildBeside(below, S);
  }
  buildPipeline(make("div", { class: "cards" }, root), S);
  S.forgetKeys = listenToKeys(S, go);
  S.observer = new ResizeObserver(() => {
    if (S.main.clientWidth === S.width) return;
    S.width = S.main.clientWidth;
    for (const act of S.updates) act();
  });
  S.observer.observe(S.main);
  for (const act of S.updates) act();
}

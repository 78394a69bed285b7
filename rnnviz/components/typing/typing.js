export default function ({ data, parentElement: host, setTriggerValue }) {
  const S = host.__typing || (host.__typing = { number: 0, keys: 0, gained: 0, suggestions: [], answered: "", dismissed: null, turn: null });
  S.tell = setTriggerValue;
  S.d = data;
  const root = host.querySelector("#root");
  const shape = JSON.stringify([data.words, data.layout]);
  if (S.turn !== data.turn || S.shape !== shape) {
    const text = S.turn === data.turn ? S.area.value : data.begin;
    if (S.turn !== data.turn) Object.assign(S, { keys: 0, gained: 0, suggestions: [], answered: "", dismissed: null, start: [...data.begin].length, number: 0 });
    [S.turn, S.shape] = [data.turn, shape];
    root.replaceChildren();
    root.className = data.layout;
    S.siblings = null;
    const main = make("div", { class: "main" }, root);
    buildField(main, S);
    buildOthers(main, S);
    buildSiblings(main, S);
    const cards = make("div", { class: "cards" }, root);
    if (data.layout !== "present") toldCards(cards, data.words);
    S.area.value = text;
  }
  // answers come in the order in which they were asked, but a newer one may already be drawn
  if (data.number >= S.number || !S.suggestions.length) {
    [S.suggestions, S.answered] = [data.suggestions, data.answered];
    if (S.asked && data.number === S.number) {
      const took = performance.now() - S.asked;
      S.took.textContent = fill(data.words.took, { ms: Math.round(took) });
      S.took.dataset.value = took;
      S.took.dataset.number = data.number;
      S.asked = null;
    }
  }
  drawSiblings(S);
  show(S);
}

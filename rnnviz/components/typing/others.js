// All that it would suggest, with how probable it finds each.
function buildOthers(root, S) {
  make("h3", { class: "panel-title" }, root, S.d.words.others);
  S.others = make("div", { class: "others", role: "list" }, root);
  S.took = make("p", { class: "note" }, root);
}

function drawOthers(S) {
  S.others.replaceChildren();
  for (const suggestion of S.suggestions) {
    const text = rest(S, suggestion);
    if (!text) continue;
    const item = make("div", { role: "listitem", class: "other" }, S.others);
    const pick = make("button", { type: "button", "aria-label": fill(S.d.words.take, { text }) }, item);
    make("span", { class: "before" }, pick, `…${S.area.value.slice(-12)}`);
    make("b", {}, pick, text);
    make("span", { class: "number", "data-signal": "suggestion", "data-token": suggestion.added, "data-value": suggestion.probability }, item, fmtProb(suggestion.probability));
    const track = make("span", { class: "track" }, item);
    make("span", { style: `width: ${100 * suggestion.probability}%` }, track);
    pick.onclick = () => {
      S.keys += 1;
      accept(S, text);
    };
  }
}

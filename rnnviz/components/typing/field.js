// The field: what is typed, and behind it, in grey, what would come next.
function buildField(root, S) {
  const w = S.d.words;
  const box = make("div", { class: "field" }, root);
  S.mirror = make("div", { class: "mirror", "aria-hidden": "true" }, box);
  S.typed = make("span", {}, S.mirror);
  S.ghost = make("span", { class: "ghost" }, S.mirror);
  S.area = make("textarea", { rows: 3, maxlength: 500, spellcheck: "false", autocomplete: "off", autocapitalize: "off", "aria-label": w.label, "aria-describedby": "says", placeholder: w.placeholder }, box);
  S.says = make("p", { class: "note", id: "says", "aria-live": "polite" }, root);
  S.area.oninput = () => {
    S.keys += 1;
    typed(S);
  };
  S.area.onkeydown = (event) => {
    const shown = S.ghost.textContent;
    const atEnd = S.area.selectionStart === S.area.value.length;
    if (shown && ((event.key === "Tab" && !event.shiftKey) || (event.key === "ArrowRight" && atEnd))) {
      event.preventDefault();
      S.keys += 1;
      accept(S, shown);
    } else if (event.key === "Escape" && shown) {
      S.dismissed = S.area.value;
      show(S);
    } else if (event.key === "Enter") event.preventDefault();
  };
  S.area.onscroll = () => (S.mirror.scrollTop = S.area.scrollTop);
}

function accept(S, added) {
  S.area.value += added;
  S.gained += [...added].length;
  S.area.focus();
  typed(S);
}

// What was typed is shown at once; Python hears of it a moment after the last key.
function typed(S) {
  show(S);
  clearTimeout(S.pending);
  S.pending = setTimeout(() => {
    S.number += 1;
    S.asked = performance.now();
    S.tell("typed", { text: S.area.value, number: S.number, turn: S.turn });
  }, 40);
}

// The suggestion as far as it still fits: whoever types on along it keeps the rest.
function rest(S, suggestion) {
  const [text, from] = [S.area.value, S.answered];
  if (!suggestion || !text.startsWith(from)) return "";
  const since = text.slice(from.length);
  return suggestion.added.startsWith(since) ? suggestion.added.slice(since.length) : "";
}

function show(S) {
  const best = S.suggestions[0];
  const shown = S.dismissed === S.area.value || !best || best.probability < S.d.least ? "" : rest(S, best);
  S.typed.textContent = S.area.value;
  S.ghost.textContent = shown;
  S.mirror.scrollTop = S.area.scrollTop;
  drawOthers(S);
  const keys = Math.max(1, S.keys);
  const letters = [...S.area.value].length - S.start;
  const saved = S.gained ? " " + fill(S.d.words.saved, { keys, letters, share: `${Math.max(0, Math.round(100 * (1 - keys / Math.max(letters, 1))))} %` }) : "";
  S.says.textContent = (shown ? S.d.words.tab : S.suggestions.length && S.area.value.startsWith(S.answered) ? S.d.words.unsure : "") + saved;
}

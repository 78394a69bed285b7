// The answer, token by token: how sure, and which of it was not said by the model's own attention.
function buildAnswer(parent, S, go) {
  const { p } = S;
  const w = p.words;
  const box = make("div", { class: "answer-box" }, parent);
  const line = make("p", { class: "answer", role: "group", "aria-label": w.answer_label }, box);
  const fresh = p.before ? p.before.beside.filter(([, what]) => what !== "lost").map(([, what]) => what === "new") : [];
  const gaps = spacing(p.said, p.text);
  p.said.forEach((token, at) => {
    const sure = p.arrays.probabilities[at];
    const node = make("span", { class: `said${sure < 0.5 ? " unsure" : ""}${fresh[at] ? " fresh" : ""}${token === w.end ? " end" : ""}`, "data-signal": "probability", "data-t": at + 1, "data-token": token, "data-value": sure, title: fill(w.said_tip, { t: at + 1, p: fmtProb(sure) }) }, line, token);
    if (gaps[at]) node.classList.add("tight");
    node.onclick = () => (pause(S), go({ t: at + 1 }));
  });
  S.updates.push(() => [...line.children].forEach((node, at) => node.classList.toggle("now", at + 1 === S.t)));
  const badges = make("div", { class: "badges" }, box);
  const badge = (name, text, title) => make("span", { class: `badge ${name}`, title: title ?? "" }, badges, text);
  if (p.facts.right === true) badge("good", w.right);
  if (p.facts.right === false) badge("bad", fill(w.wrong, { answer: p.facts.truth }));
  if (p.facts.unsure) {
    const [t, sure] = p.facts.unsure;
    badge("warn", fill(w.unsure, { t, token: seen(p.said[t - 1]), p: fmtProb(sure) }), w.unsure_help);
  }
  const whole = badge("", "", w.whole_help);
  whole.append(...fillNodes(w.whole, { p: make("b", { class: "number", "data-signal": "log_probability", "data-value": p.log_probability }, null, fmtWhole(p.log_probability)), log: make("span", { class: "number" }, null, fmtValue(p.log_probability, true, 2)) }));
  if (p.before) {
    const was = make("p", { class: "before" }, box);
    was.append(...fillNodes(w.before, { text: make("b", {}, null, p.before.text || "–") }));
    const undo = make("button", { type: "button" }, was, w.undo);
    undo.onclick = () => S.tell("undo", true);
  }
}

function fmtWhole(log) {
  const p = Math.exp(log);
  return p >= 0.0005 ? fmtProb(p) : fmtSmall(p);
}

// Which tokens stand without a space before them in the answer's text.
function spacing(tokens, text) {
  let at = 0;
  return tokens.map((token) => {
    const spaced = text[at] === " " && token !== " ";
    if (spaced) at++;
    const found = text.startsWith(token, at);
    if (found) at += token.length;
    return found && !spaced && at > token.length;
  });
}

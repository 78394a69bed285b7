// Another attention in the place of the model's own: whether the answer depended on where it looked.
function buildTrials(parent, S) {
  const { p } = S;
  const w = p.words;
  if (!p.trials.length) return;
  const box = make("section", { class: "below trials" }, parent);
  const head = make("div", { class: "head-row" }, box);
  make("h3", {}, head, w.trials_title);
  const again = make("button", { type: "button" }, head, w.again);
  again.onclick = () => S.tell("scheme", "again");
  make("p", { class: "note" }, box, w.trials_note);
  const list = make("div", { class: "others" }, box);
  for (const trial of p.trials) {
    const row = make("div", { class: "other", "data-trial": trial.name }, list);
    const use = make("button", { type: "button", "aria-pressed": String(p.facts.scheme === trial.name), title: w.use_help }, row, trial.label);
    use.onclick = () => S.tell("scheme", p.facts.scheme === trial.name ? "own" : trial.name);
    otherTokens(row, trial);
    const count = (what) => trial.beside.filter(([, each]) => each === what).length;
    const said = make("span", { class: "number facts" }, row);
    said.append(...fillNodes(count("new") + count("lost") ? w.trial_changed : w.trial_same, { count: count("new"), lost: count("lost"), moved: make("b", { "data-signal": "moved", "data-trial": trial.name, "data-value": trial.distance }, null, fmtProb(trial.distance)) }));
  }
}

function otherTokens(row, other) {
  const tokens = make("span", { class: "tokens" }, row);
  for (const [token, what] of other.beside) make(what === "lost" ? "s" : "span", { class: what }, tokens, seen(token));
}

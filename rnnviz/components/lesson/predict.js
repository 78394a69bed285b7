// A question that is answered before the answer is shown. What was chosen first stays chosen; `act` is called once something is.
function buildPrediction(parent, S, act) {
  const { data: d, progress } = S;
  // a class predicts anew, whatever was rehearsed in this browser
  const predicted = d.layout === "present" ? (S.asked ??= {}) : progress.predicted;
  const box = make("section", { class: "predict" }, parent);
  make("h3", {}, box, d.words.predict);
  make("p", {}, box, d.question);
  const options = make("div", { class: "options", role: "group", "aria-label": d.question }, box);
  const reveal = make("p", { class: "reveal", role: "status" }, box);
  const buttons = d.options.map(([key, text]) => {
    const button = make("button", { type: "button", "data-option": key, "data-focus": `option-${key}` }, options, text);
    button.onclick = () => {
      if (predicted[d.key]) return;
      predicted[d.key] = key;
      keepProgress(progress);
      show();
    };
    return button;
  });
  function show() {
    const chosen = predicted[d.key];
    if (!d.options.some(([key]) => key === chosen)) return;
    buttons.forEach((button, at) => {
      const [key, text] = d.options[at];
      button.setAttribute("aria-pressed", key === chosen);
      button.setAttribute("aria-disabled", "true"); // stays in reach of the keyboard
      button.classList.toggle("right", key === d.answer);
      button.textContent = key === d.answer ? `✓ ${text}` : key === chosen ? `✗ ${text}` : text;
    });
    const first = chosen === d.answer ? d.words.reveal_right : d.words.reveal_wrong;
    reveal.replaceChildren(make("b", {}, null, first), document.createTextNode(` ${d.reveal}`));
    reveal.dataset.chosen = chosen;
    act();
  }
  show();
}

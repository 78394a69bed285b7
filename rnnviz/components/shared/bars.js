// What is expected after step t, as bars; the character that really came next is framed.
function probabilityBars(list, expected, next, t) {
  list.replaceChildren();
  const longest = Math.max(...expected.map(([token]) => [...token].length));
  list.style.setProperty("--token", longest > 3 ? `${Math.min(longest, 11) * 0.55 + 0.25}rem` : "1.75rem");
  for (const [token, probability] of expected) {
    const row = make("div", { class: "bar" + (token === next ? " hit" : "") }, list);
    make("span", { class: "token" }, row, token);
    const track = make("span", { class: "track" }, row);
    make("span", { style: `width: ${100 * probability}%` }, track);
    const number = { class: "number", "data-signal": "probability", "data-t": t, "data-token": token, "data-value": probability };
    make("span", number, row, fmtProb(probability));
  }
}

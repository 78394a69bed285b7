// The text as it grows: what was typed, then what the model said, each token tinted by how much the model expected it.
function buildText(parent, S, go) {
  const { p } = S;
  const box = make("div", { class: "page-of-text" }, parent);
  make("span", { class: "prompt" }, box, p.prompt);
  S.cells = p.written.pieces.map((piece, at) => {
    const bits = -Math.log2(p.arrays.probability[at]);
    const cell = make("span", {
      class: "said", role: "button", tabindex: at === 0 ? 0 : -1, "data-signal": "said", "data-t": at + 1, "data-value": p.arrays.probability[at],
      "aria-label": fill(p.words.token_label, { t: at + 1, token: seenToken(p.written.tokens[at]), p: fmtChance(bits) }),
    }, box, piece === "\n" ? "⏎\n" : piece);
    tint(cell, S.colours.probability, bits, p.most_bits);
    cell.onclick = () => (pause(S), go({ t: at + 1 }));
    cell.addEventListener("keydown", (event) => event.key === "Enter" && go({ t: at + 1 })); // as `onkeydown` its false would swallow Tab
    return cell;
  });
  const end = make("span", { class: "note ending" }, box, p.words.stopped[p.written.stopped]);
  S.updates.push(() => {
    S.cells.forEach((cell, at) => {
      cell.classList.toggle("now", at + 1 === S.t);
      cell.classList.toggle("later", at + 1 > S.t);
      cell.tabIndex = at + 1 === S.t ? 0 : -1;
    });
    end.classList.toggle("later", S.t < p.time);
    const now = S.cells[S.t - 1];
    if (S.timer && now) box.scrollTop = now.offsetTop - box.clientHeight + 60;
  });
}

function buildLegend(parent, S) {
  const { p } = S;
  const { bits } = p.written;
  const whole = fill(p.words.whole, { bits: fmtBits(bits, p.words.bits), p: fmtChance(bits) });
  make("span", { class: "number", "data-stat": "bits", "data-value": bits }, surpriseLegend(parent, S), whole);
}

// One sentence for the chosen unit and step: what each gate did, in words and numbers, down to the sum that made the state.
function buildSays(parent, S) {
  const line = make("p", { class: "says", "aria-live": "polite" }, parent);
  S.updates.push(() => {
    const p = S.p;
    const has = (name) => p.strips.findIndex((s) => s.signal === name);
    const number = (name, t = S.t, write = null) => {
      const strip = has(name);
      if (t < 1) return make("b", { class: "number" }, null, "0"); // before the first step every state is zero
      const { value, exact } = valueAt(p, strip, S.unit, t);
      const text = write ? write(value) : shown(p, strip, value, exact);
      return make("b", { class: `number role-${p.strips[strip].role}`, ...address(p, strip, S.unit, t, value, exact) }, null, text);
    };
    const at = (name, back = 0) => (S.t + back < 1 ? 0 : valueAt(p, has(name), S.unit, S.t + back).value);
    const says = (key, values) => fillNodes(p.words[key], values);
    const percent = (name) => ({ percent: number(name, S.t, fmtProb) });
    const nodes = says("where", { unit: S.unit, t: S.t, token: p.tokens[S.t - 1] });
    if (has("forget_gate") >= 0) {
      nodes.push(...says("forget_gate", percent("forget_gate")), ...says("input_gate", percent("input_gate")));
      nodes.push(...says("candidate", { value: number("candidate") }));
      nodes.push(...says("cell", { before: number("cell", S.t - 1), value: number("cell") }));
      nodes.push(
        ...says("cell_sum", {
          f: number("forget_gate"),
          before: number("cell", S.t - 1),
          i: number("input_gate"),
          g: number("candidate"),
          value: number("cell"),
          equals: adds(at("forget_gate"), at("cell", -1), at("input_gate"), at("candidate"), at("cell")),
        }),
      );
      nodes.push(...says("output_gate", { ...percent("output_gate"), hidden: number("hidden") }));
    } else if (has("update_gate") >= 0) {
      nodes.push(...says("update_gate", percent("update_gate")), ...says("reset_gate", percent("reset_gate")));
      const [z, n, before, value] = [at("update_gate"), at("candidate"), at("hidden", -1), at("hidden")];
      const equals = adds(1 - Number(z.toFixed(3)), n, z, before, value);
      const sum = { z: number("update_gate"), n: number("candidate"), before: number("hidden", S.t - 1), value: number("hidden"), equals };
      nodes.push(...says("gru_sum", sum));
    } else {
      nodes.push(...says("rnn_sum", { before: number("hidden", S.t - 1), value: number("hidden") }));
    }
    line.replaceChildren(...nodes);
  });
}

// "=" where the printed, rounded operands of a b + c d give the printed result, else "≈".
function adds(a, b, c, d, result) {
  const [ra, rb, rc, rd] = [a, b, c, d].map((v) => Number(v.toFixed(3)));
  return (ra * rb + rc * rd).toFixed(3) === result.toFixed(3) ? "=" : "≈";
}

// Where things stand in the picture of a cell, 820 x 330. Boxes hold a quantity, dots an operation; paths say what flows where.
const BOX = { width: 116, height: 66 };

const GATE_BUS = 268;
const up = (x, bottom = GATE_BUS) => `M${x} ${bottom} V${196 + BOX.height / 2}`;

const WIRING = {
  lstm: {
    boxes: { previous_cell: [64, 52], previous_hidden: [64, 214], x: [64, 290], forget_gate: [206, 196], input_gate: [330, 196], candidate: [454, 196], output_gate: [578, 196], cell: [756, 52], hidden: [756, 196] },
    dots: { keep: ["×", 206, 52], write: ["×", 392, 112], add: ["+", 392, 52], squash: ["tanh", 667, 112], show: ["×", 667, 196] },
    paths: [
      ["cell", "previous_cell", "cell", "M122 52 H192"],
      ["cell", "previous_cell", "cell", "M220 52 H378"],
      ["cell", "cell", "cell", "M406 52 H698"],
      ["keep", "forget_gate", "cell", "M206 163 V66"],
      ["write", "input_gate", "cell", "M330 163 V112 H378"],
      ["candidate", "candidate", "cell", "M454 163 V112 H406"],
      ["candidate", "candidate", "cell", "M392 98 V66"],
      ["cell", "cell", "hidden", "M667 52 V98"],
      ["cell", "cell", "hidden", "M667 126 V182"],
      ["read", "output_gate", "hidden", "M636 196 H653"],
      ["hidden", "hidden", "hidden", "M681 196 H698"],
      ...["forget_gate", "input_gate", "candidate", "output_gate"].map((to, at) => ["hidden", "previous_hidden", to, up(206 + at * 124)]),
    ],
    bus: [["hidden", "previous_hidden", `M122 214 H142 V${GATE_BUS} H578`], ["input", "x", `M122 290 H142 V${GATE_BUS} H578`]],
  },
  gru: {
    boxes: { previous_hidden: [64, 52], x: [64, 290], update_gate: [214, 196], reset_gate: [366, 196], candidate: [566, 196], hidden: [752, 52] },
    dots: { keep: ["×", 214, 52], rest: ["1−", 390, 112], mix: ["×", 566, 112], add: ["+", 566, 52], recall: ["×", 466, 196] },
    paths: [
      ["hidden", "previous_hidden", "hidden", "M122 52 H200"],
      ["hidden", "previous_hidden", "hidden", "M228 52 H552"],
      ["hidden", "hidden", "hidden", "M580 52 H694"],
      ["keep", "update_gate", "hidden", "M214 163 V66"],
      ["keep", "update_gate", "hidden", "M250 163 V112 H374"],
      ["keep", "update_gate", "hidden", "M406 112 H552"],
      ["candidate", "candidate", "hidden", "M566 163 V126"],
      ["candidate", "candidate", "hidden", "M566 98 V66"],
      ["write", "reset_gate", "candidate", "M424 196 H452"],
      ["hidden", "previous_hidden", "candidate", "M480 196 H508"],
      ["hidden", "previous_hidden", "candidate", `M466 ${GATE_BUS} V210`],
      ["hidden", "previous_hidden", "update_gate", up(214)],
      ["hidden", "previous_hidden", "reset_gate", up(366)],
      ["input", "x", "candidate", up(566)],
    ],
    bus: [["hidden", "previous_hidden", `M64 85 V${GATE_BUS - 40} H142 V${GATE_BUS} H466`], ["input", "x", `M122 290 H142 V${GATE_BUS} H566`]],
  },
  rnn: {
    boxes: { previous_hidden: [64, 80], x: [64, 250], uh_h: [250, 80], wx_h: [250, 250], hidden: [700, 165] },
    dots: { add: ["+", 420, 165], squash: ["tanh", 540, 165] },
    paths: [
      ["hidden", "previous_hidden", "uh_h", "M122 80 H192"],
      ["input", "x", "wx_h", "M122 250 H192"],
      ["hidden", "uh_h", "hidden", "M308 80 H420 V151"],
      ["input", "wx_h", "hidden", "M308 250 H420 V179"],
      ["hidden", "hidden", "hidden", "M434 165 H516"],
      ["hidden", "hidden", "hidden", "M564 165 H642"],
    ],
    bus: [],
  },
};
WIRING["rnn-relu"] = { ...WIRING.rnn, dots: { add: ["+", 420, 165], squash: ["relu", 540, 165] } };

// A cell that nobody has drawn yet: its signals in a row, in the order of computation, lines from what each is made of.
function wiringOf(p) {
  if (WIRING[p.cell]) return WIRING[p.cell];
  const step = 560 / Math.max(1, p.parts.length - 1);
  const boxes = { previous_hidden: [64, 52], x: [64, 280] };
  if (p.states.includes("cell")) boxes.previous_cell = [64, 128];
  p.parts.forEach((part, at) => (boxes[part.signal] = [196 + at * step, at % 2 ? 90 : 210]));
  const paths = p.parts.flatMap((part) => {
    const makers = new Set(namesIn(part.tree).flatMap((name) => (boxes[name] ? [name] : madeOf(p, name))).filter((name) => boxes[name]));
    const [x2, y2] = boxes[part.signal];
    return [...makers].map((name) => {
      const [x1, y1] = boxes[name];
      return [roleOf(p, name), name, part.signal, `M${x1 + 58} ${y1} L${x2 - 58} ${y2}`];
    });
  });
  return { boxes, dots: {}, paths, bus: [] };
}

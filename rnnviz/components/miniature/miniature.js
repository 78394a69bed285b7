// A small drawing: rebuilt whenever its data or the theme changes, and nothing moves.
export default function ({ data, parentElement: host }) {
  const root = host.querySelector("#root");
  const draw = () => {
    const dark = isDark(host);
    root.className = dark ? "dark" : "light";
    const frame = make("div", { class: "frame", tabindex: 0, role: "group", "aria-label": data.label });
    const svg = data.kind === "decay" ? drawDecay(data, dark) : drawShape(data, dark);
    frame.append(svg);
    root.replaceChildren(frame);
  };
  draw();
}

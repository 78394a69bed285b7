// Small helpers. User text goes through textContent, never through markup.
const SVG_NS = "http://www.w3.org/2000/svg";

function make(tag, attributes = {}, parent = null, text = undefined) {
  const svg = ["svg", "g", "path", "rect", "text", "line", "image", "tspan", "linearGradient", "stop", "defs", "marker", "circle", "title", "pattern"].includes(tag);
  const node = svg ? document.createElementNS(SVG_NS, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    node.setAttribute(name, value === true ? "" : value);
  }
  if (text !== undefined) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
}

// "t = {t} / {time}" with values, as text.
function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

// The same, but a value may be a node: a list of nodes.
function fillNodes(template, values) {
  return template.split(/(\{\w+\})/).map((part) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const value = name !== undefined && name in values ? values[name] : part;
    return value instanceof Node ? value.cloneNode(true) : document.createTextNode(String(value));
  });
}

// What stands on screen for a token that cannot be seen.
function seenToken(token) {
  return { " ": "␣", "\n": "⏎", "\t": "⇥" }[token] ?? token;
}

function save(name, blob) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// Sizes follow the page's type: a projector's larger letters come with larger pictures.
function typeScale() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

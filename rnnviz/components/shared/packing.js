// A picture as components/packing.py sends it: the header, with its arrays as typed arrays (flat, with their shape).
function unpack(data) {
  const bytes = data.slice(); // a copy starts at offset 0, where numbers of eight bytes may lie
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const kinds = { f4: Float32Array, f8: Float64Array, u1: Uint8Array, u2: Uint16Array };
  for (const [name, [kind, shape, offset]] of Object.entries(head.arrays)) {
    const size = shape.reduce((a, b) => a * b, 1);
    head.arrays[name] = new kinds[kind](bytes.buffer, 4 + length + offset, size);
    head.arrays[name].shape = shape;
  }
  if (head.expected) {
    const { next_token, next_probability, given } = head.arrays;
    const steps = head.expected.length ? next_token.shape[0] : 0;
    const each = steps ? next_token.shape[1] : 0;
    head.next = Array.from({ length: steps }, (_, t) => Array.from({ length: each }, (_, k) => [head.expected[next_token[t * each + k]], next_probability[t * each + k]]));
    head.given = Array.from({ length: steps }, (_, t) => (Number.isNaN(given[t]) ? null : given[t]));
  }
  return head;
}

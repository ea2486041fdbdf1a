// Undoes derive/renderers/live/packed.py: repeats are told by how far back they stood, and how long they are.
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+,-./:;=?@[]^_{|}";
function unpack(packed) {
  const signs = Array.from(packed), found = [];
  const number = (from, places) => signs.slice(from, from + places).reduce((n, sign_) => n * DIGITS.length + DIGITS.indexOf(sign_), 0);
  for (let i = 0; i < signs.length; i++) {
    const places = { "~": 2, "¬": 3 }[signs[i]];
    if (places) {
      const from = found.length - number(i + 1, places), long = number(i + 1 + places, 1) + 6;
      for (let k = 0; k < long; k++) found.push(found[from + k]);
      i += places + 1;
    } else found.push(signs[i] === "¦" ? signs[++i] : signs[i]);
  }
  return found.join("");
}

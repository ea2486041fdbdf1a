// Many rounds of training, proved and fast. A value is a whole number of grains, 2^-width each, and a float that bounds
// how far it may be off. A round becomes one list of operations on numbered registers, without repeats. Sizes of values
// come from floats worked out beside them, with a bound of their own error: to turn a long whole number into a float
// costs more than to multiply two.
const UP = 1 + 2 ** -48; // more than what a handful of roundings of positive floats can lose
const STEPS = { sum: 0, product: 1, quotient: 2, negative: 3, exp: 4, max: 5, above: 6, native: 7 };
const WIDEST_STRIP = 1200; // bits
const FINEST = 500; // bits below 1 that a bound is counted in, where grains are no floats any more

class Strips {
  constructor(width) {
    this.width = width;
    this.shift = BigInt(width);
    this.grain = 2 ** -Math.min(width, 1000);
    this.spare = Math.max(0, width - FINEST); // bounds are kept times 2^spare
    this.least = 2 ** -(width - this.spare);
    this.unit = 2 ** -this.spare;
    this.steps = [];
    this.m = []; // grains
    this.r = []; // how far they may be off, times 2^spare
    this.f = []; // about the same number
    this.e = []; // how far that may be off
    this.made = new Map();
  }
  register(value = { m: 0n, r: 0 }) {
    const register = this.m.push(0n) - 1;
    this.set(register, value.m, value.r);
    return register;
  }
  set(register, m, r) {
    const f = length(m) > 1000 ? Number(m >> 900n) * 2 ** (900 - this.width) : Number(m) * 2 ** -FINEST * 2 ** (FINEST - this.width);
    this.m[register] = m;
    this.r[register] = r;
    this.f[register] = f;
    this.e[register] = Math.abs(f) * 2 ** -50 + this.grain;
  }
  // A rational or a ball as a strip.
  taken(x) {
    if (isRational(x)) return { m: (x.p << this.shift) / x.q, r: this.least };
    const m = shifted(x.m, x.e + this.width), off = shifted(x.r, x.e + this.width) + 2n;
    return { m, r: asFloatUp(off, this.spare - this.width) };
  }
  given(register) {
    return { m: this.m[register], r: this.grains(this.r[register]), e: -this.width };
  }
  // A bound in whole grains.
  grains(bound) {
    return BigInt(Math.ceil(bound * UP * 2 ** (this.width - this.spare))) + 1n;
  }
  // Turns a formula into steps, and gives the register of its value.
  write(formula, places) {
    if (typeof formula === "number") return places[formula];
    const [operation, first, second] = formula, inner = (part) => this.write(part, places);
    switch (operation) {
      case "+":
      case "*":
        return formula.slice(1).map(inner).reduce((a, b) => this.step(operation === "+" ? "sum" : "product", ...(a < b ? [a, b] : [b, a])));
      case "/":
        return this.step("quotient", inner(first), inner(second));
      case "-":
        return this.step("negative", inner(first));
      case "^": {
        const base = inner(first), all = new Array(Math.abs(second)).fill(base);
        const whole = all.length ? all.reduce((a, b) => this.step("product", a, b)) : this.constant("1");
        return second < 0 ? this.step("quotient", this.constant("1"), whole) : whole;
      }
      case "=":
        return this.constant(first);
    }
    const parts = formula.slice(1).map(inner), definition = REWRITTEN[operation]?.(parts.length) ?? DEFINITIONS[operation];
    if (operation === "max") return parts.reduce((a, b) => this.step("max", a, b));
    if (operation === "exp" || operation === "above") return this.step(operation, ...parts);
    return definition ? this.write(definition, parts) : this.step("native", operation, ...parts);
  }
  constant(text) {
    const key = `=${text}`;
    if (!this.made.has(key)) this.made.set(key, this.register(this.taken(constantOf(text))));
    return this.made.get(key);
  }
  step(name, ...parts) {
    const key = `${name}:${parts}`;
    if (!this.made.has(key)) {
      const target = this.register();
      this.steps.push([STEPS[name], target, ...parts]);
      this.made.set(key, target);
    }
    return this.made.get(key);
  }
  run() {
    const { m, r, f, e, shift, grain, least, unit, width } = this, scaled = (place) => Math.abs(f[place]) + e[place];
    for (const step of this.steps) {
      const [kind, target, a, b] = step;
      switch (kind) {
        case 0:
          m[target] = m[a] + m[b];
          r[target] = (r[a] + r[b]) * UP;
          f[target] = f[a] + f[b];
          e[target] = (e[a] + e[b] + Math.abs(f[target]) * 2 ** -52) * UP;
          break;
        case 1: {
          const large = scaled(a), other = scaled(b);
          m[target] = (m[a] * m[b]) >> shift;
          r[target] = (large * r[b] + other * r[a] + r[a] * unit * r[b] + least) * UP;
          f[target] = f[a] * f[b];
          e[target] = (large * e[b] + other * e[a] + Math.abs(f[target]) * 2 ** -52 + grain) * UP;
          break;
        }
        case 2: {
          const near = (Math.abs(f[b]) - e[b]) * (1 - 2 ** -48) - r[b] * unit;
          if (!(near > 0)) throw new Undecided();
          this.set(target, (m[a] << shift) / m[b], 0);
          r[target] = ((r[a] + scaled(target) * r[b]) / (near * (1 - 2 ** -48)) + 2 * least) * UP;
          break;
        }
        case 3:
          m[target] = -m[a];
          r[target] = r[a];
          f[target] = -f[a];
          e[target] = e[a];
          break;
        case 4:
          if (!(r[a] * unit < 1)) throw new Undecided();
          this.set(target, expOfStrip(m[a], width), 0);
          r[target] = (scaled(target) * (2 * r[a] + least * 2 ** -16) * UP + 2 * least) * UP;
          break;
        case 5:
        case 6: {
          const apart = m[a] - m[b], off = this.grains(r[a] + r[b]);
          if (size(apart) <= off) throw new Undecided();
          if (kind === 5) this.set(target, apart > 0n ? m[a] : m[b], apart > 0n ? r[a] : r[b]);
          else this.set(target, apart > 0n ? 1n << shift : 0n, 0);
          break;
        }
        default: {
          bits = width + 32;
          const found = this.taken(NATIVE[a](...step.slice(3).map((place) => this.given(place))));
          this.set(target, found.m, found.r);
        }
      }
      if (!(r[target] * unit < 1e6)) throw new Undecided();
    }
  }
}
// A whole number times a power of two as a float that is no smaller.
function asFloatUp(whole, exponent) {
  const by = Math.max(0, length(whole) - 60);
  return Number((whole >> BigInt(by)) + 1n) * 2 ** (by + exponent) * UP;
}
// Functions whose formula is not their definition, or which have none: 0 and up are their arguments.
const REWRITTEN = {
  tanh: () => ["+", ["=", "1"], ["-", ["/", ["=", "2"], ["+", ["exp", ["*", ["=", "2"], 0]], ["=", "1"]]]]],
  softmax: (count) => ["/", ["=", "1"], ["+", ...Array.from({ length: count - 1 }, (_, i) => ["exp", ["+", i + 1, ["-", 0]]])]],
  min: (count) => ["-", ["max", ...Array.from({ length: count }, (_, i) => ["-", i])]],
};
// e^x for a whole number of grains; off by less than 2^-(width + 16) of itself and one grain.
function expOfStrip(m, width) {
  const fine = width + 32, w = BigInt(fine), unit = constant("ln2", fine), at = m << 32n;
  let times = (2n * at + unit) / (2n * unit);
  if (2n * at + unit < 0n) times -= 1n;
  const whole = Number(times);
  if (whole > 1000) throw new Undecided();
  if (whole < -2 * width) return 0n;
  const step = (at - times * unit) >> 8n;
  let term = 1n << w, total = term;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = ((term * step) >> w) / n;
    total += term;
  }
  for (let i = 0; i < 8; i++) total = (total * total) >> w;
  return shifted(total, whole - 32);
}

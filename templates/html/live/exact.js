// Numbers as derive has them (derive/arithmetic/exact.py): an exact rational {p, q} for as long as it can be, else a
// ball {m, r, e}, which stands for every number from (m − r)·2^e to (m + r)·2^e. Whatever an operation gives holds the
// true result for every number of its operands, so that a figure to which both ends of a ball round is proved.
class Undecided extends Error {} // more bits may settle it
class Beyond extends Error {} // no number of bits will: a logarithm of −1, a division by 0

const LONGEST_RATIONAL = 2048; // bits; as in exact.py, where a longer one becomes a ball after each round
const FAR = 1 << 21; // binary exponents beyond it are not worked with
const TINY = -1100; // what is smaller than 2^TINY no 64-bit float can tell from 0
let bits = 128; // of the balls being worked with

const size = (x) => (x < 0n ? -x : x);
// How many bits a whole number has; one more for some that are just below a power of two.
function length(x) {
  const near = Math.abs(Number(x));
  if (near === 0) return 0;
  if (near < Infinity) return Math.floor(Math.log2(near)) + 1;
  const text = size(x).toString(16);
  return 4 * text.length;
}
const shifted = (m, by) => (by >= 0 ? m << BigInt(by) : m >> BigInt(-by)); // to the right: rounded down
function divisor(a, b) {
  while (b) [a, b] = [b, a % b];
  return a;
}
function rational(p, q = 1n) {
  if (q < 0n) [p, q] = [-p, -q];
  if (q !== 1n && length(q) > 64) {
    const common = divisor(size(p), q);
    if (common > 1n) [p, q] = [p / common, q / common];
  }
  return { p, q };
}
const ZERO = rational(0n), ONE = rational(1n), TWO = rational(2n);
const isRational = (x) => x.q !== undefined;
const isZero = (x) => isRational(x) && x.p === 0n;

function trimmed(m, r, e) {
  if (e > FAR || e < -2 * FAR) throw new Beyond();
  const cut = Math.max(length(m), length(r)) - bits;
  if (cut <= 0) return { m, r, e };
  const by = BigInt(cut);
  return { m: m >> by, r: (r >> by) + 2n, e: e + cut };
}
function ball(x) {
  if (!isRational(x)) return x;
  if (x.q === 1n && length(x.p) <= bits) return { m: x.p, r: 0n, e: 0 };
  const by = Math.max(0, bits + length(x.q) - length(x.p));
  const wide = x.p << BigInt(by), m = wide / x.q;
  return trimmed(m, m * x.q === wide ? 0n : 1n, -by);
}
// After each round: a rational that has grown long is kept as a ball.
const shortened = (x, keep) =>
  isRational(x) && !(keep && length(x.p) <= LONGEST_RATIONAL && length(x.q) <= LONGEST_RATIONAL) ? ball(x) : x;

const negative = (a) => (isRational(a) ? { p: -a.p, q: a.q } : { m: -a.m, r: a.r, e: a.e });
function sum(a, b) {
  if (isRational(a) && isRational(b)) return rational(a.p * b.q + b.p * a.q, a.q * b.q);
  if (isZero(a)) return b;
  if (isZero(b)) return a;
  a = ball(a);
  b = ball(b);
  if (a.e < b.e) [a, b] = [b, a];
  const apart = a.e - b.e;
  if (apart > 4 * bits) {
    const top = Math.max(length(b.m), length(b.r)) + b.e + 1, room = Math.max(0, bits - length(a.m));
    if (top < a.e - room) {
      // The smaller one only widens the larger.
      const by = BigInt(room);
      return trimmed(a.m << by, (a.r << by) + 1n, a.e - room);
    }
    if (apart > 2 * FAR) throw new Beyond();
  }
  const by = BigInt(apart);
  return trimmed((a.m << by) + b.m, (a.r << by) + b.r, b.e);
}
const difference = (a, b) => sum(a, negative(b));
function product(a, b) {
  if (isZero(a) || isZero(b)) return ZERO;
  if (isRational(a) && isRational(b)) return rational(a.p * b.p, a.q * b.q);
  a = ball(a);
  b = ball(b);
  const r = a.r || b.r ? size(a.m) * b.r + size(b.m) * a.r + a.r * b.r : 0n;
  return trimmed(a.m * b.m, r, a.e + b.e);
}
function quotient(a, b) {
  if (isZero(b)) throw new Beyond();
  if (isZero(a)) return ZERO;
  if (isRational(a) && isRational(b)) return rational(a.p * b.q, a.q * b.p);
  a = ball(a);
  b = ball(b);
  const least = size(b.m) - b.r;
  if (least <= 0n) throw new Undecided();
  const by = Math.max(0, bits + length(b.m) - length(a.m) + 2), wide = BigInt(by);
  const m = (a.m << wide) / b.m;
  return trimmed(m, ((a.r << wide) + (size(m) + 1n) * b.r) / least + 2n, a.e - b.e - by);
}
function power(a, n) {
  let result = ONE;
  for (let i = Math.abs(n); i > 0; i--) result = product(result, a);
  return n < 0 ? quotient(ONE, result) : result;
}

// Constants to so many bits after the point, by Machin's series with inverse hyperbolic or circular tangents.
const constants = new Map();
function series(at, width, alternating) {
  let term = (1n << width) / at, total = term, n = 1n;
  const square = at * at;
  while (term) {
    term /= square;
    n += 2n;
    total += alternating && n % 4n === 3n ? -(term / n) : term / n;
  }
  return total;
}
function constant(name, width) {
  const key = name + width;
  if (!constants.has(key)) {
    const w = BigInt(width + 32);
    const whole =
      name === "ln2"
        ? 18n * series(26n, w, false) - 2n * series(4801n, w, false) + 8n * series(8749n, w, false)
        : 8n * series(5n, w, true) - 2n * series(239n, w, true); // π / 2
    constants.set(key, whole >> 32n);
  }
  return constants.get(key);
}
// x in whole multiples of a constant and the rest, as a fixed-point number with `width` bits after the point, and how
// far it may be off, in units of the last: what is lost there is 32 bits below.
function reduced(x, name, width) {
  const fine = width + 32, at = shifted(x.m, x.e + fine), unit = constant(name, fine);
  const twice = 2n * unit;
  let times = (2n * at + unit) / twice;
  if (2n * at + unit < 0n && times * twice !== 2n * at + unit) times -= 1n;
  const spread = shifted(x.r, x.e + width) + 2n;
  return { rest: (at - times * unit) >> 32n, times, spread };
}

function exp(x) {
  if (isZero(x)) return ONE;
  x = ball(x);
  const top = Math.max(length(x.m), length(x.r)) + x.e;
  if (top > 20) {
    if (x.m + x.r < 0n) return { m: 0n, r: 1n, e: -FAR }; // less than that, and more than 0
    if (x.m - x.r < 0n) throw new Undecided();
    throw new Beyond();
  }
  const width = bits + 64, w = BigInt(width);
  const { rest, times, spread } = reduced(x, "ln2", width);
  if (spread > 1n << w) throw new Undecided();
  const step = rest >> 8n;
  let term = 1n << w, total = term;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = ((term * step) >> w) / n;
    total += term;
  }
  for (let i = 0; i < 8; i++) total = (total * total) >> w;
  // e^(x ± d) lies within e^x·2d of e^x for d up to 1; the series and the squarings lose less than 2^-(bits + 8).
  return trimmed(total, ((total * 2n * spread) >> w) + (total >> BigInt(bits + 8)) + 2n, Number(times) - width);
}
function ln(x) {
  if (isRational(x)) {
    if (x.p === x.q) return ZERO;
    if (x.p <= 0n) throw new Beyond();
  }
  x = ball(x);
  if (x.m - x.r <= 0n) throw x.m + x.r <= 0n ? new Beyond() : new Undecided();
  const tall = length(x.m), whole = tall + x.e; // x = u·2^whole, u about ½ to 1
  const u = { m: x.m, r: 0n, e: x.e - whole };
  let y = dyadic(Math.log(Number(shifted(x.m, 60 - tall)) / 2 ** 60));
  for (let right = 50; right < bits + 8; right *= 3) {
    const grown = exp(y), next = ball(sum(y, product(TWO, quotient(difference(u, grown), sum(u, grown)))));
    y = { m: next.m, r: 0n, e: next.e };
  }
  // Whatever y is: ln u = y + ln(1 + z) with z = u·e^-y − 1, and |ln(1 + z) − z| ≤ z² for |z| ≤ ½.
  const z = ball(difference(product({ m: x.m, r: x.r, e: x.e - whole }, exp(negative(y))), ONE));
  const most = size(z.m) + z.r;
  if (length(most) + z.e > -1) throw new Undecided();
  const curved = { m: 0n, r: most * most + 1n, e: 2 * z.e };
  const two = { m: constant("ln2", bits + 40), r: 4n, e: -(bits + 40) };
  return sum(sum(sum(y, z), curved), product(two, rational(BigInt(whole))));
}
// A float as it is, exactly.
function dyadic(number) {
  let e = 0;
  while (!Number.isInteger(number)) {
    number *= 2;
    e -= 1;
  }
  return { m: BigInt(number), r: 0n, e };
}
function root(m) {
  if (m < 2n) return m;
  let x = 1n << BigInt((length(m) >> 1) + 1);
  for (;;) {
    const y = (x + m / x) >> 1n;
    if (y >= x) return x;
    x = y;
  }
}
function sqrt(x) {
  if (isRational(x)) {
    if (x.p < 0n) throw new Beyond();
    const common = divisor(x.p, x.q) || 1n, p = x.p / common, q = x.q / common, above = root(p), below = root(q);
    if (above * above === p && below * below === q) return rational(above, below);
  }
  x = ball(x);
  if (x.m - x.r <= 0n) throw x.m + x.r < 0n ? new Beyond() : new Undecided();
  let by = Math.max(0, 2 * bits - length(x.m));
  if ((x.e - by) % 2) by += 1;
  const wide = BigInt(by), m = x.m << wide, r = x.r << wide;
  return trimmed(root(m), r / (root(m - r) || 1n) + 2n, (x.e - by) / 2);
}
// Sine and cosine at once.
function turned(x) {
  x = ball(x);
  if (Math.max(length(x.m), length(x.r)) + x.e > 20) throw new Undecided();
  const width = bits + 64, w = BigInt(width);
  const { rest, times, spread } = reduced(x, "half π", width);
  let sine = 0n, cosine = 0n, term = 1n << w;
  for (let n = 0; term !== 0n && term !== -1n; n++) {
    const sign = n % 4 < 2 ? 1n : -1n;
    if (n % 2) sine += sign * term;
    else cosine += sign * term;
    term = ((term * rest) >> w) / BigInt(n + 1);
  }
  const quarter = Number(((times % 4n) + 4n) % 4n), r = spread + BigInt(2 * bits);
  const [s, c] = [[sine, cosine], [cosine, -sine], [-sine, -cosine], [-cosine, sine]][quarter];
  return { sine: trimmed(s, r, -width), cosine: trimmed(c, r, -width) };
}
// A power with any exponent; exact where that is a whole number, as in exact.py.
function toPower(a, b) {
  if (!isRational(b) && b.r === 0n && (b.e >= 0 || b.m % (1n << BigInt(-b.e)) === 0n)) b = rational(shifted(b.m, b.e));
  if (isRational(b) && b.p % b.q === 0n) return power(a, Number(b.p / b.q));
  if (isRational(a) && a.p <= 0n) throw new Beyond();
  return exp(product(b, ln(a)));
}
const floorOf = (p, q) => (p - (((p % q) + q) % q)) / q;
function floor(x) {
  if (isRational(x)) return rational(floorOf(x.p, x.q));
  const [low, high] = [x.m - x.r, x.m + x.r].map((m) => shifted(m, x.e)); // to the right it rounds down
  if (low !== high) throw new Undecided();
  return rational(low);
}
// The standard normal distribution: its density φ, and Φ = ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + x⁷/(3·5·7) + …).
const density = (x) => {
  const halfPi = { m: constant("half π", bits + 40), r: 4n, e: -(bits + 40) };
  return quotient(exp(negative(quotient(power(x, 2), TWO))), sqrt(product(rational(4n), halfPi)));
};
const NORMAL_ENDS = 6; // from 2^6 on Φ differs from 0 or 1 by less than 2^-2954
function normal(x) {
  if (isZero(x)) return rational(1n, 2n);
  x = ball(x);
  const isBelow_ = x.m < 0n;
  if (length(size(x.m) - x.r) + x.e > NORMAL_ENDS && size(x.m) > x.r) {
    const rest = { m: 0n, r: 1n, e: -2953 };
    return isBelow_ ? rest : sum(ONE, rest);
  }
  if (length(size(x.m) + x.r) + x.e > NORMAL_ENDS + 2) throw new Undecided();
  const kept = bits, largest_ = (Number(shifted(size(x.m) + x.r, x.e + 10)) + 1) / 1024;
  bits += 64 + Math.ceil(1.5 * largest_ ** 2); // what 1 − Φ loses where it is small
  try {
    const a = { m: size(x.m), r: x.r, e: x.e }, square = product(a, a);
    let term = a, total = a;
    for (let n = 3; ; n += 2) {
      term = quotient(product(term, square), rational(BigInt(n)));
      total = sum(total, term);
      const size_ = size(term.m) + term.r;
      // Each term is less than half the one before from here on.
      if (n > 2 * largest_ ** 2 + 2 && length(size_) + term.e < length(a.m) + a.e - bits) {
        total = sum(total, { m: 0n, r: size_, e: term.e });
        break;
      }
    }
    const above = sum(rational(1n, 2n), product(density(a), total)), found = isBelow_ ? difference(ONE, above) : above;
    bits = kept;
    return trimmed(found.m, found.r, found.e);
  } finally {
    bits = kept;
  }
}
const sinh = (x) => quotient(difference(exp(x), exp(negative(x))), TWO);
const cosh = (x) => quotient(sum(exp(x), exp(negative(x))), TWO);
// Written so that no exponential of a large number is taken.
function tanh(x) {
  if (isBelow(x, ZERO)) return negative(tanh(negative(x)));
  return difference(ONE, quotient(TWO, sum(exp(product(TWO, x)), ONE)));
}
const whereZero = (value, work) => (x) => (isZero(x) ? value : work(x));

// −1, 0 or 1; a ball that can be told from 0 by no float stands for 0.
function sign(x) {
  if (isRational(x)) return x.p > 0n ? 1 : x.p < 0n ? -1 : 0;
  if (x.m - x.r > 0n) return 1;
  if (x.m + x.r < 0n) return -1;
  if (isNegligible(x)) return 0;
  throw new Undecided();
}
// For a choice between two ways to the same value: where it is not clear, either will do.
const isBelow = (a, b) => {
  const d = difference(a, b);
  return isRational(d) ? d.p < 0n : d.m < 0n;
};
const isNegligible = (x) =>
  isRational(x)
    ? x.p === 0n || length(x.p) - length(x.q) + 1 < TINY
    : length(size(x.m) + x.r) + x.e < TINY;
const isAtLeast = (a, b) => sign(difference(a, b)) >= 0;
const largest = (a, b) => (isAtLeast(a, b) ? a : b);

// What no formula defines; every other function is worked out by the definition in its record, which the page holds.
const NATIVE = {
  exp,
  ln,
  sqrt,
  sin: whereZero(ZERO, (x) => turned(x).sine),
  cos: whereZero(ONE, (x) => turned(x).cosine),
  tan: whereZero(ZERO, (x) => {
    const both = turned(x);
    return quotient(both.sine, both.cosine);
  }),
  sinh: whereZero(ZERO, sinh),
  cosh: whereZero(ONE, cosh),
  tanh: whereZero(ZERO, tanh),
  raised: toPower,
  floor,
  density,
  normal,
  max: (...all) => all.reduce(largest),
  min: (...all) => negative(all.map(negative).reduce(largest)),
  abs: (x) => (sign(x) < 0 ? negative(x) : x),
  above: (a, b) => (isAtLeast(b, a) ? ZERO : ONE),
  // In a form that keeps rationals where all net inputs are alike, and overflows nowhere.
  softmax: (net, ...all) => quotient(ONE, all.map((other) => exp(difference(other, net))).reduce(sum)),
  sigmoid: (x) => (isBelow(x, ZERO) ? ratioOf(exp(x)) : quotient(ONE, sum(ONE, exp(negative(x))))),
  softplus: (x) => (isBelow(x, ZERO) ? ln(sum(ONE, exp(x))) : sum(x, ln(sum(ONE, exp(negative(x)))))),
};
const ratioOf = (y) => quotient(y, sum(ONE, y));

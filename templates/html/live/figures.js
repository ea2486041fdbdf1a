// Printed figures (derive/formula/figures.py): a number cut to the digits that are shown, rounded half away from zero.
const ten = (n) => 10n ** BigInt(n);
const asRatio = (x) =>
  isRational(x) ? [x.p, x.q] : x.e >= 0 ? [x.m << BigInt(x.e), 1n] : [x.m, 1n << BigInt(-x.e)];

function rounded(p, q, cut, whole) {
  const isNegative = p < 0n, magnitude = size(p);
  if (magnitude === 0n) return { negative: false, digits: "0", exponent: null, exact: whole };
  const fixed = cut.decimals != null;
  let places = cut.decimals, units;
  const scaled = () => {
    const above = places >= 0 ? magnitude * ten(places) : magnitude, below = places >= 0 ? q : q * ten(-places);
    return (2n * above + below) / (2n * below);
  };
  if (fixed) units = scaled();
  else {
    // The largest k with 10^k up to the number, found before any rounding: 0.9996 starts one place below 1.
    const reaches = (k) => magnitude * (k < 0 ? ten(-k) : 1n) >= q * (k > 0 ? ten(k) : 1n);
    let lead = Math.floor((length(magnitude) - length(q)) * Math.log10(2));
    while (!reaches(lead)) lead -= 1;
    while (reaches(lead + 1)) lead += 1;
    places = cut.digits - 1 - lead;
    units = scaled();
    if (units === ten(cut.digits)) {
      units /= 10n;
      places -= 1;
    }
  }
  const exact = whole && units * q * (places < 0 ? ten(-places) : 1n) === magnitude * (places > 0 ? ten(places) : 1n);
  return { negative: isNegative && units > 0n, ...placed(units, places, fixed, exact), exact };
}
function placed(units, places, fixed, short) {
  let text = String(units);
  const exponent = text.length - 1 - places;
  if (short) text = text.replace(/0+$/, "") || "0";
  if (!fixed && units && (exponent < -4 || (places < 0 && !(short && exponent < 15))))
    return { digits: text.length > 1 ? `${text[0]}.${text.slice(1)}` : text, exponent };
  let point = exponent + 1;
  if (point <= 0) [text, point] = ["0".repeat(1 - point) + text, 1];
  text = text.padEnd(point, "0");
  return { digits: text.length > point ? `${text.slice(0, point)}.${text.slice(point)}` : text, exponent: null };
}
// The printed figure of a value, every digit proved; `last`: no more bits are to be had.
function figure(x, cut, last = false) {
  if (isRational(x)) {
    if (length(x.p) - length(x.q) > 1101) throw new Beyond();
    return rounded(x.p, x.q, cut, true);
  }
  if (isNegligible(x)) return { negative: false, digits: "0", exponent: null, exact: false };
  if (Math.max(length(x.m), length(x.r)) + x.e > 1101) {
    if (size(x.m) - x.r <= 0n) throw new Undecided();
    throw new Beyond();
  }
  if (x.r === 0n) return rounded(...asRatio(x), cut, true);
  if (length(x.r) + x.e > 1101 || x.e < -16000) throw new Undecided();
  const low = rounded(...asRatio({ m: x.m - x.r, e: x.e }), cut, false);
  const high = rounded(...asRatio({ m: x.m + x.r, e: x.e }), cut, false);
  if (low.digits === high.digits && low.negative === high.negative && low.exponent === high.exponent) return low;
  if (last && length(x.r) + x.e < TINY) {
    // No precision parts it from the middle between two figures: it is taken to lie there.
    const middle = quotient(sum(valueOf(low), valueOf(high)), TWO);
    if (Math.abs(sign(difference(middle, ball(x)))) !== 1) return { ...figure(middle, cut), exact: false };
  }
  throw new Undecided();
}
// The exact value of printed digits.
function valueOf({ negative: isNegative, digits, exponent }) {
  let value;
  if (digits.includes("/")) value = rational(...digits.split("/").map(BigInt));
  else {
    const [whole, after = ""] = digits.split(".");
    value = rational(BigInt(whole + after), ten(after.length));
  }
  if (exponent) value = product(value, exponent > 0 ? rational(ten(exponent)) : rational(1n, ten(-exponent)));
  return isNegative ? negative(value) : value;
}
// A number as a problem file may have it, and its text as derive keeps it, without a power of ten; null where it is none.
function typed(text) {
  const plain = text.trim().replace("−", "-");
  const found = /^([+-]?)(?:(\d+)\/(\d+)|(?:(\d+)\.?(\d*)|\.(\d+))(?:[eE]([+-]?\d{1,3}))?)$/.exec(plain);
  if (!found || plain.length > 400) return null;
  const [, signed, above, below, whole = "", after_, alone, exponent = "0"] = found, after = after_ ?? alone ?? "";
  let value, digits;
  if (above !== undefined) {
    if (/^0*$/.test(below)) return null;
    value = rational(BigInt(above), BigInt(below));
    digits = `${above}/${below}`;
  } else {
    const units = BigInt(whole + after), places = after.length - Number(exponent);
    value = rational(units * ten(Math.max(-places, 0)), ten(Math.max(places, 0)));
    digits = String(units) + (units ? "0".repeat(Math.max(-places, 0)) : "");
    if (places > 0) {
      digits = digits.padStart(places + 1, "0");
      digits = `${digits.slice(0, -places)}.${digits.slice(-places)}`;
    }
  }
  const near = length(value.p) - length(value.q);
  if (value.p && (near > 1023 || near < -1073)) return null; // no 64-bit float holds it
  return { value: signed === "-" ? negative(value) : value, text: (signed === "-" ? "-" : "") + digits };
}

// A figure as MathML and as plain text (derive/display/numerals.py); a dash where it is open.
const neat = (exponent) => String(exponent).replace("-", "−");
const raised = (exponent) => neat(exponent).replace(/[0-9−]/g, (sign_) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"["0123456789−".indexOf(sign_)]);
function printed(shown, wrap) {
  if (!shown) return ['<mtext class="open">–</mtext>', "–"];
  const { negative: isNegative, digits, exponent } = shown, isPlain = !isNegative && exponent === null && !digits.includes("/");
  const bracketed = wrap === "signed" ? isNegative || digits.includes("/") : wrap === "tight" && !isPlain;
  const [whole, below] = digits.split("/");
  let math = `<mn>${whole}</mn>`;
  if (below) math += `<mo lspace="0" rspace="0">/</mo><mn>${below}</mn>`;
  if (isNegative) math = `<mo form="prefix" lspace="0" rspace="0">−</mo>${math}`;
  if (exponent !== null) math += `<mo>×</mo><msup><mn>10</mn><mn>${neat(exponent)}</mn></msup>`;
  let plain = (isNegative ? "−" : "") + digits + (exponent === null ? "" : ` × 10${raised(exponent)}`);
  if (bracketed) {
    math = `<mo form="prefix" stretchy="false">(</mo>${math}<mo form="postfix" stretchy="false">)</mo>`;
    plain = `(${plain})`;
  }
  return [isPlain ? math : `<mrow>${math}</mrow>`, plain];
}

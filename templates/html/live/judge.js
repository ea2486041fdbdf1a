// Figures that a reader worked out, judged from the reader's own earlier ones (derive/judging judges whole scripts, and
// knows more: conventions that run through a sheet, pairs of mistakes, columns exchanged).
function writtenFigure(text) {
  const found = typed(text), plain = text.trim().replace("−", "-");
  if (!found) return null;
  if (plain.includes("/")) return { value: found.value, half: ZERO, unit: ZERO, digits: 0 };
  const [mantissa, exponent = "0"] = plain.toLowerCase().split("e"), [whole, after = ""] = mantissa.split(".");
  const places = after.length - Number(exponent), digits = (whole + after).replace(/[^0-9]/g, "").replace(/^0+/, "").length;
  const unit = places >= 0 ? rational(1n, ten(places)) : rational(ten(-places));
  return { value: found.value, half: isZero(found.value) ? ZERO : quotient(unit, TWO), unit, digits };
}
const around = (x, radius) => {
  if (isZero(radius)) return x;
  const middle = ball(x), wide = ball(radius), most = { m: 0n, r: size(wide.m) + wide.r, e: wide.e };
  return sum(middle, most);
};
const sizeOf = (x) => (isRational(x) ? (x.p < 0n ? negative(x) : x) : { m: size(x.m) + x.r, r: 0n, e: x.e });
// Whether two values may be the same number.
function meets(x, y) {
  const apart = difference(x, y);
  return isRational(apart) ? apart.p === 0n : size(apart.m) <= apart.r;
}
// All that lies in one of two values, or between them.
function hull(x, y) {
  const both = [ball(x), ball(y)], e = Math.min(...both.map((each) => each.e));
  const ends = both.flatMap(({ m, r, e: own }) => [shifted(m - r, own - e), shifted(m + r, own - e)]);
  const low = ends.reduce((a, b) => (a < b ? a : b)), high = ends.reduce((a, b) => (a > b ? a : b)), m = (low + high) >> 1n;
  return trimmed(m, high - m, e);
}
// Arithmetic of somebody who rounds every operation to so many digits.
function scratch(digits) {
  const part = rational(1n, 2n * ten(Math.max(digits - 1, 1)));
  const rough = (work) => (...all) => {
    const result = work(...all);
    return around(result, product(part, sizeOf(result)));
  };
  const functions = Object.fromEntries(Object.entries(NATIVE).map(([name, work]) => [name, rough(work)]));
  const [e, add, over] = [rough(exp), rough(sum), rough(quotient)];
  // The usual forms of a function that is worked in several operations (derive/judging/engine/scratch_forms.py).
  const forms = {
    sigmoid: (x) => [over(ONE, add(ONE, e(negative(x)))), over(e(x), add(ONE, e(x))), add(ONE, negative(over(ONE, add(ONE, e(x)))))],
    tanh: (x) => {
      const [up, down, square] = [e(x), e(negative(x)), e(product(TWO, x))];
      const from = add(ONE, negative(over(TWO, add(square, ONE))));
      return [over(add(up, negative(down)), add(up, down)), over(add(square, negative(ONE)), add(square, ONE)), from];
    },
    softplus: (x) => [rough(ln)(add(ONE, e(x)))],
  };
  for (const [name, worked] of Object.entries(forms)) {
    const atOnce = functions[name];
    functions[name] = (x) => [atOnce(x), ...worked(x)].reduce(hull);
  }
  return { ...EXACT, sum: rough(sum), product: rough(product), quotient: rough(quotient), power: rough(power), functions };
}
function tried(formula, values, kind) {
  bits = PRECISIONS[0];
  try {
    return evaluate(formula, values, kind);
  } catch (error) {
    if (error instanceof Undecided || error instanceof Beyond || error instanceof TypeError) return null; // nothing to go by
    throw error;
  }
}
// How much a sum loses nothing by being worked out in another order: the sizes of its terms.
function terms(formula, values) {
  const parts = Array.isArray(formula) && formula[0] === "+" ? formula.slice(1) : [formula];
  // tanh is worked as a difference over a sum, which is the larger.
  const found = parts.map((part) => (part[0] === "tanh" ? ONE : tried(part, values, EXACT)));
  return found.every(Boolean) ? found.map(sizeOf).reduce(sum) : null;
}
const isSwapped = (text, other) => {
  const [a, b] = [text, other].map((each) => each.replace(/[^0-9]/g, "").replace(/^0+/, ""));
  const off = [...a].flatMap((digit, i) => (digit === b[i] ? [] : [i]));
  return a.length === b.length && off.length === 2 && off[1] === off[0] + 1 && a[off[0]] === b[off[1]] && a[off[1]] === b[off[0]];
};

// Of a mistake: whether it is right under a convention, or said of any product and sum alike.
const CONVENTION = 1, GENERAL = 2;

// Verdicts on figures by the ids of their quantities; truth: the right values, by place.
function judged({ names, ways, mistakes }, truth, written) {
  const habits = names.map((name) => written[name]?.digits ?? 0), digits = Math.max(2, ...habits);
  const own = [], rough = [], bad = [], found = {}, kind = scratch(digits);
  names.forEach((name, place) => {
    const figure_ = written[name], known = ways[place];
    if (figure_) {
      const isExact = isRational(truth[place]) && isZero(difference(truth[place], figure_.value));
      own[place] = rough[place] = around(figure_.value, isExact ? ZERO : figure_.half);
    } else if (known.length) {
      own[place] = tried(known[0], own, EXACT);
      rough[place] = tried(known[0], rough, kind);
    } else own[place] = rough[place] = truth[place];
  });
  // Another sign may be meant, unless what was written of what follows is wrong as well.
  const isRefuted = (place) => {
    const reached = new Set([place]), after = [];
    ways.forEach(([nearest], other) => {
      if (other <= place || nearest === undefined || !placesIn(nearest).some((each) => reached.has(each))) return;
      reached.add(other);
      if (written[names[other]]) after.push(other);
    });
    return after.length > 0 && !after.some((other) => meets(own[other], truth[other]));
  };
  // Figures that were written and are wrong, from which one follows.
  const blamed = (place) => (!bad[place] ? [] : written[names[place]] ? [place] : placesIn(ways[place][0]).flatMap(blamed));
  names.forEach((name, place) => {
    const figure_ = written[name], known = ways[place], tainted = (formula) => placesIn(formula).some((each) => bad[each]);
    if (!figure_) {
      bad[place] = known.length > 0 && tainted(known[0]);
      return;
    }
    const mine = own[place], follows = known.filter((formula) => meetsIf(mine, tried(formula, own, EXACT)));
    const verdict = (word, more = {}) => (found[name] = { verdict: word, ...more });
    const near = (value) => value && !isZero(figure_.unit) && figure_.digits >= 3 && meets(around(figure_.value, figure_.unit), value);
    const isNear = () => near(truth[place]) || known.some((formula) => near(tried(formula, own, EXACT)));
    const roughly = (formula) => {
      const middle = tried(formula, own, EXACT), wide = tried(formula, rough, kind), scale = terms(formula, own);
      if (!middle || !wide || !scale || !meets(mine, wide)) return false;
      return meets(around(mine, product(scale, rational(1n, ten(Math.max(digits - 2, 0))))), middle);
    };
    if (meets(mine, truth[place]) || follows.some((formula) => !tainted(formula))) verdict("correct");
    else if (follows.length) verdict("carried", { from: [...new Set(placesIn(follows[0]).flatMap(blamed))] });
    else {
      const fitting = mistakes[place].filter(([, formula]) => meetsIf(mine, tried(formula, own, EXACT)));
      // What is said of the step itself says what is said of products and sums.
      const named = fitting.filter(([, , kind]) => kind !== GENERAL), causes = named.length ? named : fitting;
      const texts = [...new Set(causes.map(([cause]) => cause))];
      if (known.some(roughly) || (!causes.length && isNear())) verdict("rounding");
      else if (figure_.digits < 2 && !isZero(figure_.value)) verdict("too-coarse");
      else if (texts.length > 1) verdict("ambiguous", { causes: texts });
      else if (texts.length) verdict(causes[0][2] === CONVENTION && !isRefuted(place) ? "convention" : "misconception", { causes: texts });
      else {
        const found_ = slip(figure_, [truth[place], ...known.map((formula) => tried(formula, own, EXACT))]);
        if (found_) verdict("slip", { slip: found_ });
        else verdict("wrong");
      }
    }
    bad[place] = !["correct", "rounding", "convention"].includes(found[name].verdict);
  });
  return found;
}
// A slip of the pen: the decimal point in another place, or two digits swapped.
function slip(figure_, values) {
  for (const value of values.filter(Boolean)) {
    for (const power_ of [-3, -2, -1, 1, 2, 3]) {
      const scale = power_ > 0 ? rational(ten(power_)) : rational(1n, ten(-power_));
      if (figure_.digits >= 2 && meets(product(around(figure_.value, figure_.half), scale), value)) return "power-of-ten";
    }
    if (figure_.digits >= 3 && !isRational(value)) {
      const shown = tried(0, [value], EXACT), right = figureIf(shown, figure_.digits);
      if (right && isSwapped(right.digits, figure_.text ?? "")) return "digits-swapped";
    }
  }
  return null;
}
function figureIf(value, digits) {
  try {
    return figure(value, { digits, decimals: null });
  } catch (error) {
    if (error instanceof Undecided || error instanceof Beyond) return null;
    throw error;
  }
}
const meetsIf = (mine, value) => value !== null && meets(mine, value);

// Formulas are lists: a number is a place in the values; ["+", …], ["*", …], ["/", a, b], ["-", a], ["^", a, n] are
// operations, ["=", "1/2"] is a constant, and all others call the function they are named by.
function evaluate(formula, values, kind) {
  if (typeof formula === "number") return values[formula];
  const [operation, first, second] = formula;
  switch (operation) {
    case "+":
    case "*": {
      const join = operation === "+" ? kind.sum : kind.product;
      let result = evaluate(first, values, kind);
      for (let i = 2; i < formula.length; i++) result = join(result, evaluate(formula[i], values, kind));
      return result;
    }
    case "/":
      return kind.quotient(evaluate(first, values, kind), evaluate(second, values, kind));
    case "-":
      return kind.negative(evaluate(first, values, kind));
    case "^":
      return kind.power(evaluate(first, values, kind), second);
    case "=":
      return kind.constant(first);
    default: {
      const work = kind.functions[operation], arguments_ = formula.slice(1).map((part) => evaluate(part, values, kind));
      return work ? work(...arguments_) : evaluate(DEFINITIONS[operation], arguments_, kind);
    }
  }
}
function placesIn(formula) {
  if (typeof formula === "number") return [formula];
  return formula[0] === "=" ? [] : formula.slice(1, formula[0] === "^" ? 2 : undefined).flatMap(placesIn);
}
let DEFINITIONS = {}; // of functions, by name: formulas in which a number is the place of an argument

const written = new Map();
function constantOf(text) {
  if (!written.has(text)) written.set(text, rational(...text.split("/").map(BigInt)));
  return written.get(text);
}
const EXACT = { sum, product, quotient, power, negative, constant: constantOf, functions: NATIVE };
const FLOATS = {
  sum: (a, b) => a + b,
  product: (a, b) => a * b,
  quotient: (a, b) => a / b,
  power: (a, n) => a ** n,
  negative: (a) => -a,
  constant: (text) => {
    const [p, q = 1] = text.split("/");
    return p / q;
  },
  functions: {
    exp: Math.exp, ln: Math.log, sqrt: Math.sqrt, sin: Math.sin, cos: Math.cos, tan: Math.tan,
    raised: (a, b) => a ** b, floor: Math.floor, density: (x) => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI), normal: normalFloat,
    sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh, max: Math.max, min: Math.min, abs: Math.abs,
    above: (a, b) => (a > b ? 1 : 0),
    softmax: (net, ...all) => 1 / all.reduce((total, other) => total + Math.exp(other - net), 0),
    softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  },
};
function normalFloat(x) {
  if (Math.abs(x) > 8) return x > 0 ? 1 : 0;
  let term = x, total = x;
  for (let n = 3; Math.abs(term) > 1e-18; n += 2) total += term *= (x * x) / n;
  return 0.5 + FLOATS.functions.density(x) * total;
}

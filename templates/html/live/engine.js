// Works out what the page shows. It runs in a worker, so that typing never waits for it, and answers in parts: what
// is near first, what lies many rounds away after it.
const PRECISIONS = [128, 256, 512, 1024, 2048, 4096];
const EXACT_ROUNDS = 8; // as in derive/proof/values.py
const SLICE = 12; // milliseconds of work before it looks whether something new was asked
const BUDGET = { near: 2500, far: 12000 }; // milliseconds after which a figure is left open

class Stale extends Error {}

// The id of a value after the update (derive/given/naming.py): K_new[1,2] for K[1,2].
const updatedId = (name) => name.replace(/^[^[:#]*/, "$&_new");

// The nearest float, or one beside it: for pictures.
function asFloat(x) {
  if (isRational(x)) {
    const by = 80 + length(x.q) - length(x.p);
    return Number(shifted(x.p, Math.max(by, 0)) / shifted(x.q, Math.max(-by, 0))) * 2 ** -Math.max(by, 0) * 2 ** Math.max(-by, 0);
  }
  const by = Math.max(0, length(x.m) - 64);
  return Number(shifted(x.m, -by)) * 2 ** Math.max(-1070, x.e + by);
}

// One problem with its numbers: what each round gives, in balls of the present precision.
class Problem {
  constructor(data, given, cut) {
    this.data = data;
    this.cut = cut;
    this.names = data.names;
    this.given = given; // by name: {value, text}
    this.starts = this.names.map((name) => given[name].value);
    this.states = new Map(); // by graph and bits: parameters before each round that was asked for
    this.known = new Map(); // by graph, bits and round: all values
    this.failed = new Map(); // by graph and bits: a round that these bits do not reach
    this.wraps = data.carry === "rounded";
  }
  tape(graph, round) {
    const turns = this.data.graphs[graph];
    return turns[round % turns.length];
  }
  wrapped(formula, value) {
    const plain = typeof formula === "number" || formula[0] === "=";
    return this.wraps && !plain ? valueOf(figure(value, this.cut)) : value;
  }
  // Adds a round's quantities to the givens; with `only`, those that the update needs.
  work(tape, values, kind = EXACT, only = null) {
    const offset = this.names.length;
    for (let i = 0; i < tape.length; i++) {
      if (only && !only[i]) continue;
      const value = evaluate(tape[i][1], values, kind);
      values[offset + i] = kind === EXACT ? this.wrapped(tape[i][1], value) : value;
    }
    return values;
  }
  place(tape, name) {
    tape.places ??= new Map([...this.names, ...tape.map(([id]) => id)].map((id, place) => [id, place]));
    return tape.places.get(name);
  }
  updates(tape) {
    tape.updates ??= this.data.trained.map((name) => [this.place(tape, name), this.place(tape, updatedId(name))]);
    return tape.updates;
  }
  // Which quantities of a round the update and some others need.
  needed(tape, more = []) {
    const key = `needed ${more}`;
    if (tape[key]) return tape[key];
    const offset = this.names.length, wanted = new Array(tape.length).fill(false);
    const mark = (part) => placesIn(part).forEach((place) => place >= offset && (wanted[place - offset] = true));
    this.updates(tape).forEach(([, place]) => mark(place));
    more.forEach((name) => mark(this.place(tape, name)));
    for (let i = tape.length - 1; i >= 0; i--) if (wanted[i]) mark(tape[i][1]);
    return (tape[key] = wanted);
  }
  // Givens and parameters at the start of a round; in slices, so that it can be broken off.
  async ensure(graph, round, precision, watch) {
    graph = this.following(graph);
    const key = `${graph}:${precision}`;
    if (!this.states.has(key)) this.states.set(key, new Map([[0, this.starts]]));
    const known = this.states.get(key);
    if (known.has(round)) return;
    if (round >= (this.failed.get(key) ?? Infinity)) throw new Undecided();
    try {
      await this.followed(graph, round, precision, known, watch);
    } catch (error) {
      if (error instanceof Undecided) this.failed.set(key, round);
      throw error;
    }
  }
  async followed(graph, round, precision, known, watch) {
    let reached = Math.max(...[...known.keys()].filter((past) => past < round)), state = known.get(reached);
    while (reached < round) {
      bits = precision;
      if (reached >= EXACT_ROUNDS && !this.wraps && precision + 64 <= WIDEST_STRIP) {
        known.set(round, await this.stripped(graph, state, reached, round, precision + 64, watch));
        return;
      }
      const tape = this.tape(graph, reached), values = this.work(tape, state.slice(), EXACT, this.needed(tape));
      state = state.slice();
      reached += 1;
      for (const [old, renewed] of this.updates(tape)) {
        state[old] = this.wraps ? values[renewed] : shortened(values[renewed], reached < EXACT_ROUNDS);
      }
      if (watch.due) await watch.pause();
    }
    known.set(round, state);
  }
  // The same for many rounds, in strips.
  async stripped(graph, state, reached, round, width, watch) {
    const turns = this.data.graphs[graph].map((tape) => {
      const strips = new Strips(width), places = state.map((value) => strips.register(strips.taken(value)));
      const needed = this.needed(tape), offset = this.names.length;
      tape.forEach(([, formula], i) => needed[i] && (places[offset + i] = strips.write(formula, places)));
      return { strips, updates: this.updates(tape).map(([old, renewed]) => [old, places[renewed]]) };
    });
    let carried = null;
    for (; reached < round; reached++) {
      const { strips, updates } = turns[reached % turns.length];
      carried?.forEach((each) => strips.set(...each));
      strips.run();
      carried = updates.map(([old, renewed]) => [old, strips.m[renewed], strips.r[renewed]]);
      if (watch.due) await watch.pause();
    }
    const { strips } = turns[0], ended = state.slice();
    for (const each of carried) {
      strips.set(...each);
      ended[each[0]] = strips.given(each[0]);
    }
    return ended;
  }
  // The objective before each round in floats, for the eye alone; it ends where they do.
  async errors(rounds, watch) {
    let state = this.starts.map(asFloat);
    const found = [], trained = this.data.trained;
    for (let round = 0; round <= rounds; round++) {
      const tape = this.tape("", round), values = this.work(tape, state.slice(), FLOATS, this.needed(tape, [this.data.objective]));
      const error = values[this.place(tape, this.data.objective)];
      if (!Number.isFinite(error) || !trained.every((name) => Number.isFinite(state[this.place(tape, name)]))) break;
      found.push(error);
      state = state.slice();
      for (const [old, renewed] of this.updates(tape)) state[old] = values[renewed];
      if (watch.due) await watch.pause();
    }
    return found;
  }
  // What only adds to the quantities of the page has its rounds.
  following(graph) {
    return graph === this.data.further ? "" : graph;
  }
  values(graph, round, precision) {
    const key = `${graph}:${precision}:${round}`;
    if (!this.known.has(key)) {
      const state = this.states.get(`${this.following(graph)}:${precision}`).get(round);
      this.known.set(key, this.work(this.tape(graph, round), state.slice()));
    }
    return this.known.get(key);
  }
}

// Hands the worker back between slices, and ends what is no longer wanted or has taken too long.
class Watch {
  constructor(isStale) {
    this.isStale = isStale;
    this.slice = performance.now();
    this.limit = Infinity;
  }
  allow(milliseconds) {
    this.limit = performance.now() + milliseconds;
  }
  get due() {
    return performance.now() - this.slice > SLICE;
  }
  async pause() {
    await new Promise((done) => setTimeout(done));
    if (this.isStale()) throw new Stale();
    this.slice = performance.now();
    if (this.slice > this.limit) throw new Beyond();
  }
}

// The figures of one page.
class Figures {
  constructor(problem, start, watch) {
    this.problem = problem;
    this.data = problem.data;
    this.start = start; // rounds that were stepped through
    this.watch = watch;
    this.found = new Map();
  }
  round(quantity) {
    const [, , round, isFixed] = this.data.quantities[quantity];
    return round + (isFixed ? 0 : this.start);
  }
  // As typed, where the number is given and no round has changed it.
  typed(quantity) {
    const [, , , isFixed, name] = this.data.quantities[quantity];
    if (name === undefined || (this.start && !isFixed && this.data.trained.includes(name))) return null;
    const text = this.problem.given[name].text, isNegative = text.startsWith("-");
    return { negative: isNegative, digits: text.replace("-", ""), exponent: null, exact: true, typed: true };
  }
  value(quantity, precision) {
    const [graph, name] = this.data.quantities[quantity], round = this.round(quantity);
    const place = this.problem.place(this.problem.tape(graph, round), name);
    return this.problem.values(graph, round, precision)[place];
  }
  // The printed figure; null where its digits are not settled within the budget, or there is none.
  async figure(quantity, cut) {
    const key = `${quantity}:${cut.digits}:${cut.decimals}`;
    if (!this.found.has(key)) this.found.set(key, this.typed(quantity) ?? (await this.settled(quantity, cut)));
    return this.found.get(key);
  }
  async settled(quantity, cut) {
    const graph = this.data.quantities[quantity][0], round = this.round(quantity);
    try {
      if (round > this.finiteTo) return null;
      for (const precision of PRECISIONS) {
        try {
          await this.problem.ensure(graph, round, precision, this.watch);
          bits = precision;
          return figure(this.value(quantity, precision), cut, precision === PRECISIONS.at(-1));
        } catch (error) {
          if (!(error instanceof Undecided)) throw error;
        }
        if (this.watch.due) await this.watch.pause();
      }
    } catch (error) {
      if (!(error instanceof Beyond || error instanceof RangeError)) throw error;
    }
    return null;
  }
  // How many more digits the figures of a line need so that it gives its own result; null if no few do.
  async guard(step) {
    const { worked, used, cut: isCut } = this.data.steps[step], key = `guard:${step}`;
    if (this.found.has(key)) return this.found.get(key);
    let guard = worked.length ? null : 0;
    const shown = this.problem.cut, results = [];
    for (const [quantity] of worked) results.push(await this.settled(quantity, shown));
    for (let extra = 0; worked.length && !isCut && extra <= 3 && results.every(Boolean); extra++) {
      const printed = [];
      for (const quantity of used) printed[quantity] = await this.figure(quantity, more(shown, extra));
      if (!used.every((quantity) => printed[quantity])) break;
      const values = printed.map((each) => each && valueOf(each));
      if (worked.every(([, formula], i) => gives(formula, values, shown, results[i]))) {
        guard = extra;
        break;
      }
    }
    this.found.set(key, guard);
    return guard;
  }
  async isWhole(quantity) {
    const shown = await this.figure(quantity, this.problem.cut);
    if (!shown) return false;
    if (!this.problem.wraps || shown.typed) return shown.exact;
    // Where rounded figures are carried: whether the line was a whole figure before it was rounded.
    const [graph, name] = this.data.quantities[quantity], round = this.round(quantity);
    const tape = this.problem.tape(graph, round), place = this.problem.place(tape, name) - this.problem.names.length;
    if (place < 0) return shown.exact;
    bits = PRECISIONS[0];
    const value = evaluate(tape[place][1], this.problem.values(graph, round, PRECISIONS[0]), EXACT);
    return isRational(value) && sign(difference(value, valueOf(shown))) === 0;
  }
  // What a slot of the document shows: a figure, a relation, or a mark.
  async text(slot) {
    const [kind, quantity, step, wrap] = this.data.slots[slot];
    switch (kind) {
      case "=": {
        let whole = true;
        for (const each of quantity) whole &&= this.typed(each) !== null || (await this.isWhole(each));
        return whole ? ['<mo form="infix">=</mo>', "="] : ['<mo form="infix">≈</mo>', "≈"];
      }
      case "†":
        return (await this.guard(step)) === null ? [this.data.mark, "†"] : ["", ""];
      case "o": {
        const guard = step === null ? 0 : ((await this.guard(step)) ?? 0);
        return printed(await this.figure(quantity, more(this.problem.cut, guard)), wrap);
      }
      default:
        return printed(await this.figure(quantity, this.problem.cut), wrap);
    }
  }
  isFar(slot) {
    const quantity = this.data.slots[slot][1];
    return [quantity].flat().some((each) => each !== null && this.round(each) > this.start + EXACT_ROUNDS);
  }
}
const more = ({ digits, decimals }, extra) => ({ digits: digits + extra, decimals: decimals == null ? null : decimals + extra });
function gives(formula, values, cut, result) {
  for (const precision of PRECISIONS.slice(0, 3)) {
    bits = precision;
    try {
      const found = figure(evaluate(formula, values, EXACT), cut);
      return sign(difference(valueOf(found), valueOf(result))) === 0;
    } catch (error) {
      if (error instanceof Undecided) continue;
      if (error instanceof Beyond) return false;
      throw error;
    }
  }
  return false;
}

// What the page and its worker say to each other: {data} once; then {token, given, start, digits, decimals}, answered
// by {token, shown: [[slot, MathML, plain], …]} in parts, and by {token, done: true}.
function work() {
  let data, wanted = null, wake = () => {};
  self.onmessage = ({ data: message }) => {
    if (message.data) {
      data = message.data;
      DEFINITIONS = data.functions;
    } else {
      wanted = message;
      wake();
    }
  };

  async function answer(request) {
    const { token, start } = request, watch = new Watch(() => wanted !== null);
    const given = Object.fromEntries(Object.entries(request.given).map(([name, text]) => [name, typed(text)]));
    const problem = new Problem(data, given, { digits: request.digits, decimals: request.decimals });
    const figures = new Figures(problem, start, watch);
    const all = data.slots.map((_, slot) => slot);
    const send = async (slots, budget) => {
      watch.allow(budget);
      let part = [];
      for (const slot of slots) {
        const [math, plain] = await figures.text(slot);
        part.push([slot, math, plain]);
        if (watch.due) {
          postMessage({ token, shown: part });
          part = [];
          try {
            await watch.pause();
          } catch (error) {
            if (!(error instanceof Beyond)) throw error; // out of time: what is left shows a dash
          }
        }
      }
      postMessage({ token, shown: part });
    };
    figures.finiteTo = Infinity;
    await send(all.filter((slot) => !figures.isFar(slot)), BUDGET.near);
    if (request.own && data.own) postMessage({ token, own: await sheet(figures, request.own) });
    postMessage({ token, told: await told(figures) });
    postMessage({ token, pictured: await inPictures(figures), tints: await tints(figures), curves: { nets: await nets(figures) } });
    const far = all.filter((slot) => figures.isFar(slot));
    if (far.length || data.rounds) {
      watch.allow(BUDGET.far);
      const last = Math.max(data.rounds, ...far.flatMap((slot) => [data.slots[slot][1]].flat().map((each) => figures.round(each))));
      const errors = await problem.errors(last, watch);
      if (data.rounds) postMessage({ token, curves: { errors: sampled(errors, data.rounds) } });
      figures.finiteTo = errors.length > last ? Infinity : errors.length; // what grows beyond floats is not worth a proof
      await send(far, BUDGET.far);
    }
    postMessage({ token, done: true });
  }

  // Of every sentence, the first case whose quantities are proved to have their signs; -1 where none is.
  async function told(figures) {
    const found = [];
    for (const [, , cases] of data.told) {
      let chosen = -1;
      for (let i = 0; i < cases.length && chosen < 0; i++) {
        let holds = true;
        for (const [quantity, wanted] of cases[i]) {
          const shown = holds && (await figures.settled(quantity, { digits: 1, decimals: null }));
          holds = Boolean(shown) && sign(valueOf(shown)) === wanted;
        }
        if (holds) chosen = i;
      }
      found.push(chosen);
    }
    return found;
  }

  // Figures in pictures, where there is little room: as typed where that is short, else in few digits (`short`, as in
  // derive/telling/formula_figures.py).
  async function inPictures(figures) {
    const { digits } = figures.problem.cut, found = {};
    const cut = { digits: Math.min(digits, data.short), decimals: null };
    for (const [name, quantity] of Object.entries(data.pictured)) {
      const asTyped = data.longest && figures.typed(quantity), isLong = asTyped && asTyped.digits.length > data.longest;
      const shown = isLong ? await figures.settled(quantity, cut) : await figures.figure(quantity, cut);
      const [, text] = printed(shown, "bare");
      found[name] = text.length > 17 ? `${text.slice(0, 16)}…` : text;
    }
    return found;
  }
  // About how large the shares are that pictures tint.
  async function tints(figures) {
    const found = {};
    for (const name of data.shares) {
      const shown = await figures.settled(data.pictured[name], { digits: 4, decimals: null });
      found[name] = shown ? asFloat(valueOf(shown)) : 0;
    }
    return found;
  }
  // Net inputs on curves: what they are called, and about how large they are.
  async function nets(figures) {
    const found = {};
    for (const [id, { marks }] of Object.entries(data.curves)) {
      found[id] = [];
      for (const [spelled, quantity] of marks) {
        const shown = await figures.settled(quantity, { digits: 15, decimals: null });
        found[id].push([spelled, shown ? asFloat(valueOf(shown)) : NaN]);
      }
    }
    return found;
  }
  function sampled(errors, rounds) {
    const last = Math.min(rounds, errors.length - 1), wanted = new Set();
    for (let i = 0; i <= 400; i++) wanted.add(i <= Math.min(last, 20) ? i : Math.round(last ** (i / 400)));
    return [...wanted].filter((round) => round <= last).sort((a, b) => a - b).map((round) => [round, errors[round]]);
  }

  // Verdicts on the reader's own figures of the round that stands on the page.
  async function sheet(figures, own) {
    const { names } = data.own, written = {}, found = {}, { problem, start } = figures;
    for (const [name, text] of Object.entries(own)) {
      const figure_ = writtenFigure(text);
      if (figure_) written[name] = { ...figure_, text };
      else found[name] = { verdict: "unreadable" };
    }
    for (const precision of PRECISIONS) {
      try {
        await problem.ensure("", start, precision, figures.watch);
        bits = precision;
        const values = problem.values("", start, precision), tape = problem.tape("", start);
        return { ...found, ...judged(data.own, names.map((name) => values[problem.place(tape, name)]), written) };
      } catch (error) {
        if (error instanceof Beyond) break;
        if (!(error instanceof Undecided)) throw error;
      }
    }
    return found;
  }

  (async () => {
    for (;;) {
      if (wanted === null) await new Promise((done) => (wake = done));
      const request = wanted;
      wanted = null;
      try {
        await answer(request);
      } catch (error) {
        if (!(error instanceof Stale)) throw error;
      }
    }
  })();
}
work();

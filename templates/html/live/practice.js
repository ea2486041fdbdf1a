// A worksheet that checks each figure as it is typed, from the student's own earlier ones: a hint first, which rule it
// is; then, if asked, what went wrong; then the step itself. Everything is worked out here, and nothing leaves the page.
const FINE = ["correct", "carried", "rounding", "convention"];
const OF_WRITING = ["too-coarse", "unreadable"]; // said at once: they tell nothing of the figure
const PRACTICE = {
  "not yet": "Not right yet.",
  hint: "Hint",
  cause: "What went wrong?",
  step: "Show the step",
  all: (right, all) => `${right} of ${all} figures stand.`,
  open: "This figure cannot be settled here.",
};

function practice() {
  const data = JSON.parse(unpack(byId("live-data").textContent)), mine = JSON.parse(byId("practice").textContent);
  DEFINITIONS = data.functions;
  const given = Object.fromEntries(Object.entries(mine.given).map(([name, text]) => [name, typed(text)]));
  const cut = { digits: data.digits, decimals: null }, problem = new Problem(data, given, cut);
  const store = memory(`derive practice ${mine.key}`), kept = store.read(), own = kept && typeof kept === "object" ? kept : {};
  const fields = every("input[data-quantity]"), said = byId("said"), stages = new Map();
  const place = (name) => problem.place(problem.tape("", 0), name);
  const valuesAt = (precision) => {
    problem.states.set(`:${precision}`, new Map([[0, problem.starts]]));
    bits = precision;
    return problem.values("", 0, precision);
  };
  // The first precision at which a work is settled.
  const settled = (work) => {
    for (const precision of PRECISIONS) {
      try {
        return work(valuesAt(precision));
      } catch (error) {
        if (error instanceof Beyond) break;
        if (!(error instanceof Undecided)) throw error;
      }
    }
    return null;
  };
  const pointed = (text) => (/^[^.,]*\d,\d[^.,]*$/.test(text) ? text.replace(",", ".") : text);
  const asShown = (math) => (data.mark === "," ? math.replace(/(\d)\.(\d)/g, "$1,$2") : math);
  const verdicts = () => {
    const written = {}, found = {};
    for (const [name, text] of Object.entries(own)) {
      const figure_ = writtenFigure(pointed(text));
      if (figure_) written[name] = { ...figure_, text: pointed(text) };
      else found[name] = { verdict: "unreadable" };
    }
    const names = data.own.names;
    return { ...found, ...settled((values) => judged(data.own, names.map((name) => values[place(name)]), written)) };
  };
  const spoken = (number) => data.spoken[data.own.names[number]] ?? data.own.names[number];
  const fill = (help) => {
    for (const slot of every("[data-of]", help)) {
      const text = mine.given[slot.dataset.of];
      const shown = text === undefined ? settled((values) => figure(values[place(slot.dataset.of)], cut)) : asTyped(text);
      slot.innerHTML = asShown(printed(shown, slot.dataset.wrap)[0]); // digits and signs that the engine wrote
    }
  };
  const asTyped = (text) => ({ negative: text.startsWith("-"), digits: text.replace("-", ""), exponent: null });
  const show = (found) => {
    for (const field of fields) {
      const name = field.dataset.quantity, help = byId(`help-${field.dataset.item}`), verdict = found[name] ?? { verdict: "blank" };
      const isFine = FINE.includes(verdict.verdict), isBlank = verdict.verdict === "blank";
      if (isFine) stages.delete(name);
      else if (!isBlank && !OF_WRITING.includes(verdict.verdict)) stages.set(name, Math.max(stages.get(name) ?? 0, 1));
      const stage = stages.get(name) ?? 0, line = help.querySelector(".verdict");
      line.dataset.verdict = verdict.verdict;
      const isTold = isFine || isBlank || OF_WRITING.includes(verdict.verdict) || stage >= 2;
      const words = isTold ? verdictWords(data.own, spoken, verdict) : PRACTICE["not yet"];
      if (line.textContent !== words) line.textContent = words;
      field.setAttribute("aria-invalid", String(!isFine && !isBlank));
      help.querySelector(".rule").hidden = stage < 1;
      help.querySelector(".worked-step").hidden = stage < 3;
      const button = help.querySelector("button");
      button.hidden = isFine || stage >= 3;
      button.textContent = PRACTICE[stage < 1 ? "hint" : stage < 2 && !isBlank ? "cause" : "step"];
    }
    const right = fields.filter((field) => FINE.includes(found[field.dataset.quantity]?.verdict)).length;
    said.textContent = right ? PRACTICE.all(right, fields.length) : "";
  };
  const check = () => {
    show(verdicts());
    document.body.dataset.state = "settled";
  };
  let waiting = null;
  const soon = () => {
    document.body.dataset.state = "busy";
    clearTimeout(waiting);
    waiting = setTimeout(check, 150);
  };
  for (const field of fields) {
    const name = field.dataset.quantity, help = byId(`help-${field.dataset.item}`);
    if (typeof own[name] === "string") field.value = own[name];
    field.addEventListener("input", () => {
      if (field.value.trim()) own[name] = field.value;
      else delete own[name];
      store.write(own);
      soon();
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return; // Enter goes on to the next figure
      event.preventDefault();
      fields[fields.indexOf(field) + 1]?.focus();
    });
    help.querySelector("button").addEventListener("click", () => {
      const stage = stages.get(name) ?? 0;
      stages.set(name, stage === 1 && !field.value.trim() ? 3 : stage + 1);
      if (stages.get(name) >= 3) fill(help);
      check();
    });
  }
  byId("erase").addEventListener("click", () => {
    for (const name of Object.keys(own)) delete own[name];
    for (const field of fields) field.value = "";
    stages.clear();
    store.write(null);
    check();
  });
  document.querySelector(".tools").hidden = false;
  check();
}
practice();

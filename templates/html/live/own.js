// Check my own figures: a field under every step, judged at once from what the reader wrote before.
function ownFigures(page) {
  const { data } = page, button = document.querySelector('[data-action="check"]'), kept = `derive own ${data.key}`;
  if (!data.own) return;
  button.hidden = false;
  const fields = new Map(), verdicts = new Map();
  const store = memory(kept);
  page.own = store.read() ?? {};
  for (const step of every(".step")) {
    const result = step.querySelector(".line.main [data-value-of]"), name = result?.dataset.valueOf;
    if (!name || fields.has(name) || !data.own.names.includes(name)) continue;
    const field = made("input", { type: "text", spellcheck: false, size: 14, autocomplete: "off", value: page.own[name] ?? "" });
    field.dataset.own = name;
    const verdict = made("output", { className: "verdict" });
    verdict.dataset.verdictOf = name;
    field.addEventListener("input", () => {
      page.own[name] = field.value;
      if (!field.value.trim()) delete page.own[name];
      store.write(page.own);
      page.ask();
    });
    step.append(made("p", { className: "own" }, made("label", {}, SAY.yours, field), verdict));
    fields.set(name, field);
    verdicts.set(name, verdict);
  }
  const open = (isOpen) => {
    document.body.classList.toggle("is-checking", isOpen);
    for (const field of isOpen ? fields.values() : []) field.closest("details").open = true;
    button.setAttribute("aria-pressed", String(isOpen));
  };
  button.addEventListener("click", () => open(!document.body.classList.contains("is-checking")));
  byId("live-forget").addEventListener("click", () => {
    page.own = {};
    store.write(null);
    for (const field of fields.values()) field.value = "";
    page.ask();
  });
  page.on("answered", ({ own }) => {
    if (!own) return;
    for (const [name, verdict] of verdicts) {
      const found = own[name] ?? { verdict: "blank" };
      verdict.dataset.verdict = found.verdict;
      const said = verdictWords(data.own, (place) => page.spoken(data.own.names[place]), found);
      if (verdict.textContent !== said) verdict.textContent = said;
    }
  });
  if (Object.keys(page.own).length) {
    open(true);
    page.ask();
  }
}
// What is said of a verdict; `spoken` names a quantity by its place.
function verdictWords(known, spoken, { verdict, causes = [], from = [], slip: pen = "" }) {
  const told = causes.map((cause) => known.causes[cause]), [first] = told;
  switch (verdict) {
    case "carried":
      return SAY.carried(from.map(spoken));
    case "misconception":
      return SAY.misconception(first.done, first.instead);
    case "convention":
      return SAY.convention;
    case "ambiguous":
      return SAY.ambiguous([...new Set(told.map(({ done }) => done))].slice(0, 4));
    default:
      return SAY[pen || verdict];
  }
}
// What this browser keeps of this page; nothing where it keeps nothing.
function memory(key) {
  const safely = (work) => {
    try {
      return work();
    } catch (error) {
      if (error instanceof DOMException || error instanceof SyntaxError) return null;
      throw error;
    }
  };
  return {
    read: () => safely(() => JSON.parse(localStorage.getItem(key))),
    write: (value) => safely(() => (value === null ? localStorage.removeItem(key) : localStorage.setItem(key, JSON.stringify(value)))),
  };
}

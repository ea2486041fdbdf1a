// The page itself: it keeps what the reader changed, asks the worker, and shows what it answers. What the page says
// stands here, so that another language is another table.
const SAY = {
  after: (rounds) => (rounds === 1 ? "after 1 round of training" : `after ${rounds.toLocaleString("en").replaceAll(",", "\u2009")} rounds of training`),
  changed: "with your numbers",
  working: "working …",
  number: (name) => `${name}: a number is needed, such as 0.15, -2, 1/3 or 1e-4, that a 64-bit float can hold.`,
  positive: (name) => `${name}: the learning rate must be greater than 0.`,
  between: (name) => `${name}: this loss needs targets from 0 to 1.`,
  shares: () => "This loss needs targets of 0 or more that sum to 1; the figures wait until they do.",
  checks: "These checks are of the page as it was written, not of what you changed.",
  picture: "This picture is of the numbers as they were written, not of what you changed.",
  words: "These words are of the numbers as they were written.",
  place: (now, all) => `Step ${now} of ${all}`,
  used: "From ",
  yours: "Yours ",
  correct: "Right.",
  blank: "",
  carried: (names) => `Follows correctly from your ${names.slice(0, 3).join(", ")}, which went wrong before.`,
  rounding: "Right, but for rounding on the way.",
  convention: "Right if you mean target minus output; here δ is ∂E/∂net, sign included.",
  misconception: (done, instead) => `Consistent with ${done}. ${instead}`,
  ambiguous: (all) => `Consistent with ${all.join("; or ")}. These figures alone cannot tell which.`,
  "power-of-ten": "Consistent with the right digits with the decimal point in another place. Count the places again.",
  "digits-swapped": "Consistent with two neighbouring digits swapped in writing. Compare the digits one by one.",
  "too-coarse": "Write at least two digits that are no leading zeros.",
  unreadable: "Not a number.",
  wrong: "Nothing this page knows gives this figure. Look at each product and each sum again.",
  failed: "The figures cannot be worked out here; the page stands as it was written.",
};

const byId = (id) => document.getElementById(id);
const every = (selector, within = document) => [...within.querySelectorAll(selector)];
function made(kind, properties = {}, ...children) {
  const element = Object.assign(document.createElement(kind), properties);
  element.append(...children);
  return element;
}
// A symbol as it stands in running text; the names are those of the problem's author and go in as text.
function symbolOf([letters, subscript, superscript]) {
  const shown = made("span", { className: "symbol" }, letters);
  if (subscript) shown.append(made("sub", {}, subscript));
  if (superscript) shown.append(made("sup", {}, superscript));
  return shown;
}

let PAGE = null;
class Page {
  constructor(source) {
    this.data = JSON.parse(unpack(byId("live-data").textContent));
    this.given = { ...this.data.given }; // as typed
    Object.assign(this, { start: 0, digits: this.data.digits, decimals: this.data.decimals, token: 0 });
    this.listeners = { settled: [], answered: [] };
    DEFINITIONS = this.data.functions;
    // What other numbers would have to say stands ready, hidden.
    this.told = this.data.told.map(([id], i) => {
      byId(id).innerHTML = this.data.cases[i].join("");
      return [...byId(id).children];
    });
    this.tell(this.data.told.map(([, chosen]) => chosen));
    this.elements = this.data.slots.map(() => []);
    for (const element of every("[data-h],[data-p]")) this.elements[element.dataset.h ?? element.dataset.p].push(element);
    this.alternatives = every("math[data-a]");
    this.plain = [];
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    this.worker = new Worker(address);
    this.worker.onmessage = ({ data }) => this.answered(data);
    this.worker.onerror = () => this.refuse(SAY.failed);
    this.worker.postMessage({ data: this.data });
  }
  on(event, listener) {
    this.listeners[event].push(listener);
  }
  get isChanged() {
    const { data } = this, same = data.digits === this.digits && data.decimals === this.decimals && !this.start;
    return !same || Object.keys(data.given).some((name) => data.given[name] !== this.given[name]);
  }
  // Works out all figures anew, if what is given can stand.
  ask() {
    const problem = this.refusal();
    this.refuse(problem);
    if (problem) return;
    document.body.dataset.state = "busy";
    document.body.classList.toggle("is-changed", this.isChanged);
    this.token += 1;
    const { token, given, start, digits, decimals } = this;
    this.worker.postMessage({ token, given, start, digits, decimals, own: this.own ?? null });
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.status(SAY.working), 400);
  }
  // What problem files refuse as well, in words; null where nothing is wrong.
  refusal() {
    for (const [rule, names] of this.data.rules) {
      const values = names.map((name) => typed(this.given[name]).value);
      if (rule === "shares") {
        const far = difference(values.reduce(sum), ONE), room = rational(1n, ten(9));
        if (values.some((value) => sign(value) < 0) || sign(difference(far, room)) > 0 || sign(sum(far, room)) < 0) return SAY.shares();
      } else {
        const isOff = (x) => (rule === "positive" ? sign(x) <= 0 : sign(x) < 0 || sign(difference(x, ONE)) > 0);
        const wrong = values.findIndex(isOff);
        if (wrong >= 0) return SAY[rule](this.data.symbols[names[wrong]].join(""));
      }
    }
    return null;
  }
  refuse(problem) {
    byId("live-refused").textContent = problem ?? "";
    byId("live-refused").hidden = !problem;
  }
  answered(answer) {
    if (answer.token !== this.token) return;
    for (const [slot, math, text] of answer.shown ?? []) {
      this.plain[slot] = text;
      for (const element of this.elements[slot]) this.follow(element, math, text);
    }
    if (answer.told) this.tell(answer.told);
    for (const listener of this.listeners.answered) listener(answer);
    if (answer.done) this.settle();
  }
  tell(chosen) {
    this.told.forEach((cases, i) => cases.forEach((each, k) => (each.hidden = k !== chosen[i])));
  }
  follow(element, math, text) {
    const isMarkup = element.dataset.h !== undefined, before = isMarkup ? element.innerHTML : element.textContent;
    const content = isMarkup ? math : text;
    element.classList.toggle("changed", before !== content);
    if (before === content) return;
    if (isMarkup) element.innerHTML = content; // digits and signs that the engine wrote, and nothing that anybody typed
    else element.textContent = content;
  }
  settle() {
    for (const element of this.alternatives) {
      element.setAttribute("alttext", element.dataset.a.replace(/⟦(\d+)⟧/g, (_, slot) => this.plain[slot]));
    }
    clearTimeout(this.patience);
    this.status(this.start ? SAY.after(this.start) : this.isChanged ? SAY.changed : "");
    for (const listener of this.listeners.settled) listener();
    document.body.dataset.state = "settled";
  }
  // A quantity in words: its symbol, as text alternatives have it.
  spoken(name) {
    return this.data.spoken[name] ?? name;
  }
  status(text) {
    if (byId("live-status").textContent !== text) byId("live-status").textContent = text;
  }
}

function live(source) {
  const page = (PAGE = new Page(source));
  const fields = controls(page);
  keeping(page, fields);
  ownFigures(page);
  stepByStep(page);
  pictures(page);
  columns(page);
  lights(page);
  byId("live").hidden = false;
  document.body.classList.add("is-live");
  document.body.dataset.state = "settled";
  fields.restore(changesInAddress());
  alone(page);
}

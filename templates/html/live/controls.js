// The bar and its drawers: a field for every given of the file, digits, and rounds of training.
function controls(page) {
  const { data } = page, fields = new Map(), digits = byId("live-digits"), isFixed = data.decimals !== null;

  const changed = (name, field) => {
    const number = typed(field.value);
    field.setAttribute("aria-invalid", String(!number));
    if (!number) return page.refuse(SAY.number(data.symbols[name].join("")));
    page.given[name] = number.text;
    page.ask();
  };
  for (const name of data.file.filter((_, i) => i % 2)) {
    const text = data.given[name];
    const field = made("input", { value: text, type: "text", spellcheck: false, size: 8 });
    field.dataset.given = name;
    field.addEventListener("input", () => changed(name, field));
    byId("live-numbers").querySelector(".fields").append(made("label", {}, symbolOf(data.symbols[name]), field));
    fields.set(name, field);
  }
  if (isFixed) {
    byId("live-size").firstChild.textContent = "Decimals ";
    Object.assign(digits, { min: 0, max: 20 });
  }
  const showSize = () => (digits.value = isFixed ? page.decimals : page.digits);
  digits.addEventListener("input", () => {
    const wanted = Number(digits.value), isGood = digits.value !== "" && digits.validity.valid && Number.isInteger(wanted);
    digits.setAttribute("aria-invalid", String(!isGood));
    if (!isGood) return;
    page[isFixed ? "decimals" : "digits"] = wanted;
    page.ask();
  });
  showSize();

  // Everything as somebody left it: {given, digits, start}; nothing for what is not named.
  const restore = ({ given = {}, size = isFixed ? data.decimals : data.digits, start = 0 }) => {
    for (const [name, field] of fields) {
      const number = typed(given[name] ?? "");
      page.given[name] = number ? number.text : data.given[name];
      field.value = page.given[name];
      field.removeAttribute("aria-invalid");
    }
    page[isFixed ? "decimals" : "digits"] = size;
    page.start = start;
    showSize();
    if (page.isChanged || page.token) page.ask();
  };
  // Where samples take turns, one round of the page is one turn of each.
  const train = (rounds) => {
    page.start += rounds * data.graphs[""].length;
    page.ask();
  };
  const actions = { round: () => train(1), "round-10": () => train(10), "round-1000": () => train(1000), reset: () => restore({}) };
  for (const [action, work] of Object.entries(actions)) {
    const button = document.querySelector(`[data-action="${action}"]`);
    if (!(data.trained.length && data.steps) && action.startsWith("round")) button.parentElement.hidden = true;
    button.addEventListener("click", work);
  }
  for (const button of every("[data-drawer]")) {
    button.addEventListener("click", () => {
      for (const other of every("[data-drawer]")) {
        const drawer = byId(other.dataset.drawer), opens = other === button && drawer.hidden;
        drawer.hidden = !opens;
        other.setAttribute("aria-expanded", String(opens));
      }
    });
  }
  byId("live").addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && document.querySelector('[data-drawer][aria-expanded="true"]');
    if (open) {
      open.click();
      open.focus();
    }
  });
  byId("live-numbers").addEventListener("submit", (event) => event.preventDefault());
  // What cannot follow says so.
  const checks = byId("checks");
  if (checks) {
    const note = made("p", { className: "as-written", hidden: true }, SAY.checks);
    checks.querySelector("h2, h3, h4")?.after(note);
    page.on("settled", () => (note.hidden = !page.isChanged));
  }
  page.on("settled", () => (document.querySelector('[data-action="reset"]').disabled = !page.isChanged));
  return { restore };
}

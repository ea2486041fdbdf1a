// Reading: the network keeps in view on a wide screen, and lights what the step that is read is about; a figure that was
// put in tells what it is, and leads to the step that made it.
function lights(page) {
  const { data } = page, madeBy = new Map(), shapes = new Map();
  locator();
  for (const each of every("[data-value-of]")) if (!madeBy.has(each.dataset.valueOf)) madeBy.set(each.dataset.valueOf, each.closest(".step"));
  for (const each of every("[data-shape]")) shapes.set(each.dataset.shape, [...(shapes.get(each.dataset.shape) ?? []), each]);
  // Shapes that a quantity is about: a derivative is about both of its names.
  const about = (name) => name.replace(/\[\d+\]$/, "").split("/").map((part, i, all) => (all.length > 1 ? part.slice(1) : part)).flatMap((part) => data.lights[part] ?? []);
  const nameOf = (element) => {
    const [kind, quantity] = data.slots[element.dataset.h];
    return kind === "=" || kind === "†" ? null : data.quantities[quantity][1];
  };
  const light = (names, kind, isLit) => {
    for (const id of new Set(names.flatMap(about))) for (const each of shapes.get(id) ?? []) each.classList.toggle(kind, isLit);
  };
  const read = new Map();
  const namesIn = (step) => {
    if (!read.has(step)) read.set(step, [...new Set(every(".main [data-h]", step).map(nameOf).filter(Boolean))]);
    return read.get(step);
  };
  let present = null;
  const turn = (step) => {
    if (step === present) return;
    if (present) light(namesIn(present), "lit", false);
    present = step;
    if (present) light(namesIn(present), "lit", true);
  };
  const visible = new Set();
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) visible[isIntersecting ? "add" : "delete"](target);
      turn(every(".step").find((step) => visible.has(step)) ?? null);
    },
    { rootMargin: "-12% 0px -55% 0px" },
  );
  for (const step of every(".step")) watcher.observe(step);

  for (const element of every("main mrow[data-h]")) {
    const name = nameOf(element), step = name && madeBy.get(name);
    if (!name || element.hasAttribute("data-value-of")) continue;
    element.classList.add("put-in");
    const math = element.closest("math");
    element.addEventListener("pointerenter", () => {
      math.setAttribute("title", page.spoken(name));
      light([name], "pointed", true);
    });
    element.addEventListener("pointerleave", () => light([name], "pointed", false));
    if (step && step !== element.closest(".step")) {
      element.classList.add("leads");
      element.addEventListener("click", () => {
        step.open = true;
        location.hash = step.id;
        step.querySelector("summary").focus({ preventScroll: true });
      });
    }
  }
  // By keyboard: a step lists what it used, as links, while the focus is in it.
  for (const step of every(".step")) {
    const used = namesIn(step).filter((name) => madeBy.has(name) && madeBy.get(name) !== step);
    if (!used.length) continue;
    const links = used.flatMap((name, i) => [i ? ", " : "", made("a", { href: `#${madeBy.get(name).id}` }, page.spoken(name))]);
    step.append(made("p", { className: "used" }, SAY.used, ...links, "."));
  }
}
// A small copy of the network beside the contents: symbols alone, and larger.
function locator() {
  const picture = document.querySelector("figure.network svg"), nav = document.querySelector("nav");
  if (!picture || !every("[data-shape]", picture).length) return;
  const copy = picture.cloneNode(true);
  for (const name of ["width", "role", "aria-label"]) copy.removeAttribute(name);
  for (const number of every("[data-figure]", copy)) {
    if (number.previousElementSibling?.textContent === " = ") number.previousElementSibling.remove();
    number.remove();
  }
  for (const text of every("text", copy)) {
    if (!text.textContent) text.parentElement.remove();
    else text.setAttribute("font-size", String(1.75 * Number(text.getAttribute("font-size"))));
    for (const part of every("tspan[font-size]", text)) part.setAttribute("font-size", String(1.75 * Number(part.getAttribute("font-size"))));
  }
  const figure_ = made("figure", { className: "locator" }, copy);
  figure_.setAttribute("aria-hidden", "true");
  nav.append(figure_);
  for (const plate of every("rect.picture-plate", copy)) {
    const box = plate.nextElementSibling.getBBox();
    if (box.width) for (const name of ["x", "y", "width", "height"]) plate.setAttribute(name, short(box[name]));
  }
}

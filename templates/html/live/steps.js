// Step by step: what follows the present step is hidden; if the reader likes, its figure is hidden too until it is
// foretold. The place is kept in this browser.
function stepByStep(page) {
  const flow = every("main section > :not(section)"), steps = flow.filter((element) => element.matches(".step"));
  const bar = byId("live-steps"), button = document.querySelector('[data-action="steps"]'), predicts = byId("live-predict");
  const store = memory(`derive step ${page.data.key}`), reveal = document.querySelector('[data-step="show"]');
  if (!steps.length) return;
  button.hidden = false;
  let now = Math.max(0, steps.findIndex((step) => step.id === store.read()));
  const isOn = () => document.body.classList.contains("is-stepping");
  const ownField = () => steps[now].querySelector("[data-own]");
  const unseen = (isHidden) => {
    for (const step of steps) step.classList.toggle("unseen", isHidden && step === steps[now]);
    steps[now].classList.toggle("predicting", isHidden && ownField() !== null);
    reveal.hidden = !isHidden;
  };
  const show = (place, moves = true) => {
    steps[now].classList.remove("predicting");
    now = Math.min(Math.max(place, 0), steps.length - 1);
    const end = flow.indexOf(steps[now]);
    flow.forEach((element, i) => element.classList.toggle("ahead", i > end));
    for (const step of steps) step.classList.toggle("present", step === steps[now]);
    steps[now].open = true;
    unseen(predicts.checked);
    byId("live-place").textContent = SAY.place(now + 1, steps.length);
    document.querySelector('[data-step="back"]').disabled = now === 0;
    document.querySelector('[data-step="next"]').disabled = now === steps.length - 1;
    store.write(steps[now].id);
    if (!moves) return;
    steps[now].scrollIntoView({ block: "nearest" });
    const field = predicts.checked && ownField();
    (field || steps[now].querySelector("summary")).focus({ preventScroll: true });
  };
  const leave = () => {
    document.body.classList.remove("is-stepping");
    for (const element of flow) element.classList.remove("ahead", "present", "unseen", "predicting");
    bar.hidden = true;
    button.setAttribute("aria-pressed", "false");
  };
  const enter = () => {
    document.body.classList.add("is-stepping");
    bar.hidden = false;
    button.setAttribute("aria-pressed", "true");
    show(now);
  };
  const moves = { back: () => show(now - 1), next: () => show(now + 1), first: () => show(0), show: () => unseen(false), leave };
  button.addEventListener("click", () => (isOn() ? leave() : enter()));
  for (const each of every("[data-step]")) each.addEventListener("click", moves[each.dataset.step]);
  predicts.addEventListener("change", () => show(now, false));
  document.addEventListener("keydown", (event) => {
    if (!isOn() || event.altKey || event.ctrlKey || event.metaKey) return;
    const isTyping = event.target.matches("input");
    if (event.key === "Enter" && isTyping && event.target === ownField()) unseen(false);
    else if (isTyping) return;
    else if (event.key === "ArrowRight") moves.next();
    else if (event.key === "ArrowLeft") moves.back();
    else if (event.key === "Escape" && !document.querySelector('[data-drawer][aria-expanded="true"]')) leave();
    else return;
    event.preventDefault();
  });
  let touched = null;
  const main = document.querySelector("main");
  main.addEventListener("touchstart", ({ changedTouches: [at], target }) => (touched = target.closest(".scroll, input") ? null : at), { passive: true });
  main.addEventListener("touchend", ({ changedTouches: [at] }) => {
    if (!isOn() || !touched) return;
    const across = at.clientX - touched.clientX, down = at.clientY - touched.clientY;
    if (Math.abs(across) > 60 && Math.abs(down) < 40) moves[across < 0 ? "next" : "back"]();
  }, { passive: true });
  // A link into what is still hidden leads to the first step there.
  addEventListener("hashchange", () => {
    const [anchor] = location.hash.slice(1).split(AFTER_ANCHOR), target = anchor && byId(anchor);
    if (!isOn() || !target) return;
    const from = flow.findIndex((element) => target === element || target.contains(element) || element.contains(target));
    if (from >= 0) show(Math.max(0, steps.findIndex((step) => flow.indexOf(step) >= from)), false);
    target.scrollIntoView();
  });
}

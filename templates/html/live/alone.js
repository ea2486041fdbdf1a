// For pages that embed this one: ?step=dE/dw5 leads to a step, and with &alone nothing else is shown.
function alone(page) {
  const asked = new URLSearchParams(location.search), name = asked.get("step");
  if (!name) return;
  const names = [name, name.replace(/^dE\//, `d${page.data.objective}/`)];
  const result = every("[data-value-of]").find((each) => names.includes(each.dataset.valueOf));
  const step = result?.closest(".step") ?? byId(name);
  if (!step) return;
  if (step.matches("details")) step.open = true;
  if (asked.has("alone")) {
    for (let at = step; at !== document.body; at = at.parentElement) {
      for (const beside of at.parentElement.children) if (beside !== at) beside.classList.add("elsewhere");
    }
  }
  step.scrollIntoView();
}

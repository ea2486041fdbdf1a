// To keep and to send: the changed problem as a file, and the changes in the address, after a tilde.
const AFTER_ANCHOR = "~";

function changesInAddress() {
  const [, told = ""] = location.hash.slice(1).split(AFTER_ANCHOR), given = {}, found = { given };
  for (const [name, text] of new URLSearchParams(told)) {
    const whole = /^\d{1,7}$/.test(text) ? Number(text) : null;
    if (name === "digits" && whole !== null && whole <= 30) found.size = whole;
    else if (name === "rounds" && whole !== null) found.start = whole;
    else given[name] = text;
  }
  return found;
}

function keeping(page, fields) {
  const { data } = page, size = () => (data.decimals === null ? page.digits : page.decimals);
  const told = () => {
    const changes = new URLSearchParams();
    for (const [name, text] of Object.entries(page.given)) if (text !== data.given[name]) changes.set(name, text);
    if (size() !== (data.decimals ?? data.digits)) changes.set("digits", size());
    if (page.start) changes.set("rounds", page.start);
    return String(changes);
  };
  const keep = () => {
    const [anchor] = location.hash.slice(1).split(AFTER_ANCHOR), changes = told();
    const wanted = (anchor || changes ? "#" : "") + anchor + (changes && AFTER_ANCHOR + changes);
    if (wanted === location.hash) return;
    try {
      history.replaceState(null, "", wanted || location.pathname + location.search);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // a frame may have no address of its own
    }
  };
  page.on("settled", keep);
  addEventListener("hashchange", () => {
    if (location.hash.includes(AFTER_ANCHOR)) fields.restore(changesInAddress());
    else keep(); // a link within the page: it takes the changes along
  });
  const [anchor] = location.hash.slice(1).split(AFTER_ANCHOR);
  if (anchor && location.hash.includes(AFTER_ANCHOR)) byId(anchor)?.scrollIntoView();

  // Numbers stand bare where TOML gives them back to the digit, else in quotes.
  const number = (text) => (/^(0|-?[1-9][0-9]*|-?(0|[1-9][0-9]*)\.[0-9]+)$/.test(text) ? text : JSON.stringify(text));
  const file = () =>
    data.file
      .map((part, i) => (i % 2 ? number(page.given[part]) : part))
      .join("")
      .replace(/^(digits|decimals)\s=\s\d+$/m, (_, key) => `${key} = ${size()}`);
  const code = document.querySelector("#problem-file code");
  page.on("settled", () => (code.textContent = file()));
  document.querySelector('[data-action="save"]').addEventListener("click", () => {
    const name = data.name + (page.isChanged ? "-changed" : "") + ".toml";
    const link = made("a", { href: URL.createObjectURL(new Blob([file()], { type: "application/toml" })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  const copy = document.querySelector('[data-action="copy"]');
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", () => navigator.clipboard.writeText(location.href));
}

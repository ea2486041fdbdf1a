// Pictures follow: figures in them, and the curves, which are drawn anew with what the worker sent.
const SVG = "http://www.w3.org/2000/svg";
function shape(kind, attributes, text = "") {
  const element = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}
const short = (x) => String(Math.round(x * 100) / 100);

function pictures(page) {
  const { data } = page, figures = every("[data-figure]"), shares = every("[data-share]"), originals = new Map();
  page.on("answered", ({ pictured }) => {
    if (!pictured) return;
    for (const element of figures) {
      const text = pictured[element.dataset.figure];
      if (text === undefined || element.textContent === text) continue;
      element.textContent = text;
      while (element.nextElementSibling) element.nextElementSibling.remove(); // the exponent, which is in the text now
      const label = element.closest("text"), plate = label.previousElementSibling;
      if (plate?.matches("rect.picture-plate")) {
        const box = label.getBBox();
        for (const [name, value] of Object.entries({ x: box.x - 1, width: box.width + 2 })) plate.setAttribute(name, short(value));
      }
    }
  });
  // Darker is more: the deepest tint is that of the whole (derive/renderers/pictures/arrays.py).
  page.on("answered", ({ tints = {} }) => {
    for (const cell of shares) {
      const share = tints[cell.dataset.share];
      if (share !== undefined) cell.setAttribute("fill-opacity", short(0.55 * Math.min(Math.max(share || 0, 0), 1)));
    }
  });
  // The widest edge is that of the largest derivative (derive/renderers/pictures/network.py).
  const sized = every("[data-size]");
  page.on("answered", ({ tints = {} }) => {
    const sizes = sized.map((edge) => Math.abs(tints[edge.dataset.size] ?? NaN)), largest = Math.max(...sizes) || 1;
    sizes.forEach((size, i) => Number.isFinite(size) && sized[i].setAttribute("stroke-width", short(0.8 + (4.2 * size) / largest)));
  });
  // What a picture says in words, and lines on which numbers lie, are of the numbers that were written.
  const told = every(".picture-box svg[aria-label]").filter((picture) => picture.querySelector("[data-figure]")).map((picture) => [picture, picture.getAttribute("aria-label")]);
  const still = every(".picture-box.lines").map((box) => {
    const note = made("p", { className: "as-written", hidden: true }, SAY.picture);
    box.append(note);
    return note;
  });
  page.on("settled", () => {
    for (const note of still) note.hidden = !page.isChanged;
    for (const [picture, words] of told) picture.setAttribute("aria-label", page.isChanged ? `${words} ${SAY.words}` : words);
  });
  // A curve as it was written comes back when the numbers do.
  const redrawn = (picture, draw) => {
    if (!picture) return;
    if (!originals.has(picture)) originals.set(picture, [...picture.childNodes]);
    if (page.isChanged) draw(picture);
    else picture.replaceChildren(...originals.get(picture));
  };
  page.on("answered", ({ curves }) => {
    if (!curves) return;
    for (const [id, marks] of Object.entries(curves.nets ?? {})) {
      const name = data.curves[id].function;
      redrawn(byId(id)?.querySelector("svg"), (picture) => activationCurve(picture, name, marks));
    }
    if (curves.errors) redrawn(byId("error-curve")?.querySelector("svg"), (picture) => errorCurve(picture, curves.errors));
  });
}

// Figures of a column keep their decimal points one below the other (derive/renderers/skeleton.py).
function columns(page) {
  const found = new Map();
  for (const pad of every(".pad")) {
    const cell = pad.parentElement, key = `${cell.closest("[id]").id} ${cell.cellIndex}`;
    found.set(key, [...(found.get(key) ?? []), pad]);
  }
  const tail = (text) => (/[×–]/.test(text) ? null : text.length - text.search(/[.,]|$/));
  page.on("settled", () => {
    for (const pads of found.values()) {
      const tails = pads.map((pad) => tail(pad.previousElementSibling.textContent)), longest = Math.max(...tails);
      pads.forEach((pad, i) => (pad.textContent = tails[i] === null || tails[i] === longest ? "" : tails[i] ? "0".repeat(longest - tails[i]) : `.${"0".repeat(longest - 1)}`));
    }
  });
}

// Places of a scale, round numbers at which it is marked, and lines through points; a point that is not finite is a gap.
const scale = (low, high, start, end) => (x) => start + ((x - low) / (high - low || 1)) * (end - start);
function ticks(low, high, most) {
  const rough = (high - low) / most, power_ = 10 ** Math.floor(Math.log10(rough)), step = [1, 2, 5, 10].find((n) => n * power_ >= rough) * power_;
  const found = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) found.push(Number((n * step).toPrecision(12)));
  return found;
}
function through(points) {
  let text = "", isOpen = false;
  for (const [x, y] of points) {
    if (Number.isFinite(x) && Number.isFinite(y)) text += `${isOpen ? "L" : "M"}${short(x)} ${short(y)}`;
    isOpen = Number.isFinite(x) && Number.isFinite(y);
  }
  return text;
}
const label = (x, y, text, anchor = "middle") => shape("text", { class: "picture-text-ink", x: short(x), y: short(y), "font-size": 15, "text-anchor": anchor }, text);
const neatNumber = (x) => String(x).replace("-", "−");

function activationCurve(picture, name, marks) {
  const nets = marks.map(([, net]) => net).filter(Number.isFinite), f = (x) => evaluate([name, 0], [x], FLOATS);
  const low = Math.min(-4, ...nets.map((net) => net - 1)), high = Math.max(4, ...nets.map((net) => net + 1));
  const xs = Array.from({ length: 241 }, (_, i) => low + ((high - low) * i) / 240), ys = xs.map(f);
  const [, , width, height] = picture.getAttribute("viewBox").split(" ").map(Number);
  const bottom = Math.min(0, ...ys), top = Math.max(0, ...ys), across = scale(low, high, 20, width - 20), up = scale(bottom, top, height - 30, 20);
  const shapes = [shape("path", { class: "picture-muted", d: `M${short(across(low))} ${short(up(0))}H${short(across(high))}M${short(across(0))} ${short(up(bottom))}V${short(up(top))}` })];
  for (const x of ticks(low, high, 8)) if (x) shapes.push(label(across(x), up(0) + 18, neatNumber(x)));
  for (const y of ticks(bottom, top, 4)) if (y) shapes.push(label(across(0) - 6, up(y) + 5, neatNumber(y), "end"));
  shapes.push(shape("path", { class: "picture-accent", "stroke-width": 2.2, d: through(xs.map((x, i) => [across(x), up(ys[i])])) }));
  // The tangent at the first mark, as in print (derive/renderers/pictures/curves.py).
  const [net] = nets, slope = (f(net + 1e-6) - f(net - 1e-6)) / 2e-6;
  const reach = Math.min(2, ...(slope ? [-1, 1].map((side) => ((side * slope > 0 ? top : bottom) - f(net)) / (side * slope)) : []));
  if (marks[0] && net === marks[0][1] && Number.isFinite(slope) && reach > 0.2)
    shapes.push(shape("path", { class: "picture-ink", "stroke-width": 1.4, d: through([-1, 1].map((side) => [across(net + side * reach), up(f(net) + side * reach * slope)])) }));
  const taken = [];
  for (const [spelled, net] of marks) {
    if (!Number.isFinite(net)) continue;
    const x = across(net), y = up(f(net)), wide = 8.5 * spelled.length;
    shapes.push(shape("path", { class: "picture-muted", "stroke-dasharray": "5 4", d: `M${short(x)} ${short(y)}V${short(up(0))}` }));
    shapes.push(shape("circle", { class: "picture-solid-ink", r: 3.3, cx: short(x), cy: short(y) }));
    // Beside its dot, where it meets no other label.
    const free = [[10, 16], [-10 - wide, -8], [10, 34], [-10 - wide, -26], [10, 52], [-10 - wide, -44]].map(([dx, dy]) => [x + dx, y + dy])
      .find(([left, base]) => left > 0 && left + wide < width && taken.every(([l, b, w]) => left > l + w + 4 || left + wide + 4 < l || Math.abs(base - b) > 16));
    if (marks.length <= 8 && free) {
      taken.push([...free, wide]);
      shapes.push(label(...free, spelled, "start"));
    }
  }
  picture.replaceChildren(...shapes);
}

function errorCurve(picture, errors) {
  const [, , width, height] = picture.getAttribute("viewBox").split(" ").map(Number), last = errors.at(-1)[0], isLog = last > 100;
  const place = (round) => (isLog ? (round ? Math.log10(round) : -0.5) : round);
  const points = errors.map(([round, error]) => [place(round), error > 0 ? Math.log10(error) : NaN]), logs = points.map(([, y]) => y).filter(Number.isFinite);
  const low = Math.min(...logs), high = Math.max(...logs), room = Math.max(0.06 * (high - low), 0.025);
  const across = scale(points[0][0], Math.max(place(last), points[0][0] + 1), 70, width - 20), up = scale(low - room, high + room, height - 40, 15);
  const shapes = [shape("path", { class: "picture-muted", d: `M70 15V${height - 40}H${width - 20}` })];
  const rounds = isLog ? [0, ...Array.from({ length: 7 }, (_, k) => 10 ** k)] : ticks(0, last, 6);
  for (const round of rounds) if (round <= last) shapes.push(label(across(place(round)), height - 20, neatNumber(round)));
  const powers = high - low > 1.2 ? Array.from({ length: 400 }, (_, k) => k - 330).filter((k) => k >= low - room && k <= high + room) : [];
  const every_ = Math.ceil(powers.length / 6);
  for (const k of powers) if (k % (every_ || 1) === 0) shapes.push(label(62, up(k) + 5, k === 0 ? "1" : k === 1 ? "10" : `10${raised(k)}`, "end"));
  if (!powers.length) for (const y of [low, high]) shapes.push(label(62, up(y) + 5, (10 ** y).toPrecision(3), "end"));
  shapes.push(shape("path", { class: "picture-accent", "stroke-width": 2.2, d: through(points.map(([x, y]) => [across(x), up(y)])) }));
  picture.replaceChildren(...shapes);
}

// A figure beside its table. Units are picked with the mouse or the keyboard in either and marked in both.
const SVG = "http://www.w3.org/2000/svg";
const RADIUS = 9;

function show(model, parts) {
  parts.text.textContent = model.get("text");
  parts.text.hidden = !model.get("text");
  // Both come from the package's own figures and tables, which escape every name.
  parts.figure.innerHTML = model.get("figure");
  parts.figure.hidden = !model.get("figure");
  parts.table.innerHTML = model.get("table");
  rows(model, parts);
  spots(model, parts);
  mark(model, parts);
}

function pick(model, unit) {
  model.set("picked", model.get("picked") === unit ? "" : unit);
  model.save_changes();
}

function rows(model, parts) {
  const units = model.get("row_units");
  parts.rows = [...parts.table.querySelectorAll("tbody tr")];
  parts.rows.forEach((row, number) => {
    const unit = units[number];
    if (!unit) return;
    row.dataset.unit = unit;
    row.tabIndex = -1;
    row.addEventListener("click", () => pick(model, unit));
    row.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        const all = parts.rows.filter((each) => each.dataset.unit);
        const next = all[all.indexOf(row) + step];
        if (next) next.focus();
      } else if (event.key === "Enter" || event.key === " ") {
        pick(model, unit);
      } else {
        return;
      }
      // Else JupyterLab takes the key for a command of the notebook.
      event.preventDefault();
      event.stopPropagation();
    });
  });
  // One stop of the Tab key for the whole table; arrows move within it.
  const first = parts.rows.find((row) => row.dataset.unit);
  if (first) first.tabIndex = 0;
}

function spots(model, parts) {
  const svg = parts.figure.querySelector("svg");
  const places = model.get("spots");
  if (!svg || !places.length) return;
  const names = model.get("names");
  const layer = document.createElementNS(SVG, "g");
  layer.setAttribute("class", "oko-spots");
  for (const place of places) {
    const spot = document.createElementNS(SVG, "circle");
    spot.setAttribute("cx", place.x);
    spot.setAttribute("cy", place.y);
    spot.setAttribute("r", RADIUS);
    spot.dataset.unit = place.unit;
    const title = document.createElementNS(SVG, "title");
    title.textContent = names[place.unit] || place.unit;
    spot.append(title);
    spot.addEventListener("click", () => pick(model, place.unit));
    layer.append(spot);
  }
  svg.append(layer);
}

function mark(model, parts) {
  const picked = model.get("picked");
  for (const item of parts.root.querySelectorAll("[data-unit]")) {
    const is = Boolean(picked) && item.dataset.unit === picked;
    item.classList.toggle("oko-picked", is);
    if (item.tagName === "TR") item.setAttribute("aria-selected", String(is));
    if (is && item.tagName === "circle") item.parentNode.append(item);
  }
  const row = parts.rows.find((each) => picked && each.dataset.unit === picked);
  if (!row) return;
  // Only within the table: the page stays where the reader has it.
  const box = parts.table;
  const above = row.offsetTop < box.scrollTop + 60;
  const below = row.offsetTop + row.offsetHeight > box.scrollTop + box.clientHeight;
  if (above || below) box.scrollTop = row.offsetTop - box.clientHeight / 2;
}

function save(message, buffers) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(buffers, { type: message.kind }));
  link.download = message.name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "oko-linked";
  const parts = { root, rows: [] };
  for (const name of ["text", "figure", "table"]) {
    parts[name] = document.createElement("div");
    parts[name].className = `oko-linked-${name}`;
    root.append(parts[name]);
  }
  parts.text.setAttribute("role", "status");
  parts.table.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-unit]");
    for (const each of parts.rows) if (each.dataset.unit) each.tabIndex = each === row ? 0 : -1;
  });
  el.append(root);
  const draw = () => {
    show(model, parts);
    root.dataset.serial = String(model.get("serial"));
  };
  const marked = () => mark(model, parts);
  const heard = (message, buffers) => {
    if (message.do === "save") save(message, buffers);
  };
  model.on("change:serial", draw);
  model.on("change:picked", marked);
  model.on("msg:custom", heard);
  draw();
  return () => {
    model.off("change:serial", draw);
    model.off("change:picked", marked);
    model.off("msg:custom", heard);
  };
}

export default { render };

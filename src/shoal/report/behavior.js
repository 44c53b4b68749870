"use strict";
// The page is complete without this. With it, pointing at a mark shows what it
// is and lights up the same trial in every figure; table headings sort.
(() => {
  const tips = new WeakMap();
  for (const title of document.querySelectorAll("svg.picture title")) {
    const owner = title.parentElement;
    tips.set(owner, title.textContent);
    if (owner.childElementCount < 12) owner.setAttribute("aria-label", title.textContent);
    title.remove();
  }

  // Each trial is told in full once; its other marks only name it.
  const byTrial = new Map();
  const stories = new Map();
  for (const element of document.querySelectorAll("[data-trial]")) {
    const trial = element.dataset.trial;
    if (!byTrial.has(trial)) byTrial.set(trial, []);
    byTrial.get(trial).push(element);
    const tip = tips.get(element) ?? "";
    if (tip.length > (stories.get(trial) ?? "").length) stories.set(trial, tip);
  }

  const box = document.createElement("div");
  box.className = "tip";
  box.hidden = true;
  document.body.append(box);

  let lit = [];
  const light = (trial) => {
    for (const element of lit) element.classList.remove("hot");
    lit = byTrial.get(trial) ?? [];
    for (const element of lit) element.classList.add("hot");
  };

  const owner = (target) => {
    for (let e = target; e && e !== document.body; e = e.parentElement) if (tips.has(e)) return e;
    return null;
  };

  const place = (event) => {
    const width = document.documentElement.clientWidth;
    const x = Math.min(event.clientX + 14, width - box.offsetWidth - 8);
    const below = event.clientY + 18;
    const y = below + box.offsetHeight > innerHeight ? event.clientY - box.offsetHeight - 12 : below;
    box.style.left = `${Math.max(8, x)}px`;
    box.style.top = `${Math.max(8, y)}px`;
  };

  document.addEventListener("pointermove", (event) => {
    const found = owner(event.target);
    box.hidden = !found;
    if (found) {
      const trial = found.dataset.trial;
      box.textContent = (trial && stories.get(trial)) || tips.get(found);
      place(event);
    }
    light(event.target.closest?.("[data-trial]")?.dataset.trial);
  });

  for (const table of document.querySelectorAll("table.sortable")) {
    table.querySelectorAll("th").forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const up = heading.getAttribute("aria-sort") !== "ascending";
        for (const other of table.querySelectorAll("th")) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", up ? "ascending" : "descending");
        const key = (row) => {
          const cell = row.cells[column];
          return cell.dataset.order === undefined ? cell.textContent : Number(cell.dataset.order);
        };
        const compare = (a, b) => {
          const [x, y] = [key(a), key(b)];
          if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1;
          const order = typeof x === "number" ? x - y : x.localeCompare(y);
          return up ? order : -order;
        };
        const body = table.tBodies[0];
        body.append(...[...body.rows].sort(compare));
      });
    });
  }
})();

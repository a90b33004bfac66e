"use strict";
// Filters and sorts the matrix, and keeps the state in the address. Without this script the matrix is complete.
(() => {
  const table = document.getElementById("matrix-table");
  const form = document.getElementById("filters");
  if (!table || !form) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const card = document.getElementById("cell");
  const shown = document.getElementById("shown");
  const FIRST = 3; // columns before those of the targets
  const ORDER = ["FAIL", "OVERCLAIM", "ADVISORY", "UNKNOWN", "UNDERCLAIM", "DECLINED", "N/A", "PASS", "not asked"];
  const NAMES = ["area", "level", "verdict", "target"];
  const word = (row, column) => row.cells[column].textContent.trim();
  let sort = "", order = "asc";

  const columnName = (column) => (["requirement", "level", "broken"][column] ?? heads[column].dataset.target);
  const key = (row, column) => {
    if (column === 0) return rows.indexOf(row);
    if (column === 2) return -Number(word(row, column));
    if (column === 1) return word(row, column) === "MUST" ? 0 : 1;
    return ORDER.indexOf(word(row, column));
  };
  const wanted = (column, target) => {
    if (!target || column < FIRST) return true;
    const name = heads[column].dataset.target;
    if (!target.startsWith("@")) return name === target;
    return (name.split("@")[1] ?? "").split("+").includes(target.slice(1));
  };

  const apply = () => {
    const state = Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value]));
    const visible = heads.map((_, column) => wanted(column, state.target));
    heads.forEach((head, column) => { head.hidden = !visible[column]; });
    let count = 0;
    for (const row of rows) {
      const cells = [...row.cells];
      cells.forEach((cell, column) => { cell.hidden = !visible[column]; });
      const fits = (!state.area || row.dataset.area === state.area)
        && (!state.level || word(row, 1) === state.level)
        && (!state.verdict || cells.some((_, column) => column >= FIRST && visible[column] && word(row, column) === state.verdict));
      row.hidden = !fits;
      count += fits;
    }
    const column = Math.max(heads.findIndex((_, place) => columnName(place) === sort), 0);
    const sign = order === "desc" ? -1 : 1;
    const sorted = [...rows].sort((a, b) => sign * (key(a, column) - key(b, column)) || rows.indexOf(a) - rows.indexOf(b));
    body.append(...sorted);
    heads.forEach((head, place) => {
      if (place === column && sort) head.setAttribute("aria-sort", order === "desc" ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
      const button = head.querySelector("button");
      const way = place === column && sort ? (order === "desc" ? "sorted, reversed" : "sorted") : "sort";
      button.textContent = way;
      button.setAttribute("aria-label", `${way} by ${columnName(place)}`);
    });
    const targets = visible.slice(FIRST).filter(Boolean).length;
    shown.textContent = `${count} of ${rows.length} requirements, ${targets} of ${heads.length - FIRST} targets are shown.`;
    return { ...state, sort, order: sort && order === "desc" ? order : "" };
  };

  const remember = (state) => {
    const asked = Object.entries(state).filter(([, value]) => value);
    const words = asked.map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%40", "@")}`);
    const query = words.length ? `?${words.join("&")}` : "";
    try {
      history.replaceState(null, "", `${location.pathname}${query}${location.hash}`);
    } catch {
      // A page that was opened from a file may not change its address; the matrix works all the same.
    }
  };

  const restore = () => {
    const asked = new URLSearchParams(location.search);
    for (const name of NAMES) {
      const select = form.elements[name];
      const value = asked.get(name) ?? "";
      select.value = [...select.options].some((option) => option.value === value) ? value : "";
    }
    const column = heads.findIndex((_, place) => columnName(place) === asked.get("sort"));
    sort = column < 0 ? "" : columnName(column);
    order = asked.get("order") === "desc" ? "desc" : "asc";
  };

  const land = () => {
    const cell = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!cell || !body.contains(cell) || cell.tagName !== "TD") return;
    describe(cell);
    if (cell.hidden || cell.closest("tr").hidden) {
      form.reset();
      remember(apply());
    }
    cell.scrollIntoView({ block: "center", inline: "center" });
  };

  // The card of the cell that the address names: what its column and its row say, in one place that can be copied.
  const describe = (cell) => {
    const head = heads[cell.cellIndex], row = cell.closest("tr");
    const name = head.querySelector("a").textContent;
    const link = document.createElement("a");
    link.href = cell.querySelector("a").href;
    link.textContent = "Reason, versions and command";
    const words = [`${name}, ${row.cells[0].querySelector("a").textContent}: ${cell.textContent.trim()}.`];
    if (cell.dataset.why) words.push(cell.dataset.why.replace(/[.!?]?$/, "."));
    if (head.dataset.versions) words.push(`${head.dataset.versions}.`);
    card.replaceChildren(`${words.join(" ")} `, link);
  };

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.addEventListener("click", () => {
      order = sort === columnName(column) && order === "asc" ? "desc" : "asc";
      sort = columnName(column);
      remember(apply());
    });
    head.append(button);
  });
  for (const row of rows) {
    const page = row.cells[0].querySelector("a").getAttribute("href");
    [...row.cells].slice(FIRST).forEach((cell, place) => {
      const verdict = word(row, place + FIRST);
      if (verdict === "not asked" || cell.querySelector("a")) return;
      const link = document.createElement("a");
      link.href = `${page}#${heads[place + FIRST].dataset.target}`;
      link.textContent = verdict;
      cell.replaceChildren(link);
    });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => remember(apply()));
  form.addEventListener("reset", () => setTimeout(() => { sort = ""; order = "asc"; remember(apply()); }));
  addEventListener("hashchange", land);
  addEventListener("popstate", () => { restore(); apply(); });
  form.hidden = false;
  restore();
  apply();
  land();
})();

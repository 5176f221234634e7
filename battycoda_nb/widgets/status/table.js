/** Tables whose rows come and go: a row that stays keeps its elements, and with them focus and selection. */

import { element, setText } from "../dom.js";

/** A table with a heading, for rows of {id, cells, bad, more}; `extend(row node, row)` may add to a row. */
export class LiveTable {
  constructor({ name, title, columns, empty, extend = () => {} }) {
    this.rows = new Map();
    this.extend = extend;
    this.count = element("span", { class: "bc-count" });
    const head = element("div", { class: "bc-row bc-head", role: "row" }, ...columns.map((column) => headCell(column)));
    this.body = element("div", { class: "bc-body", role: "rowgroup" });
    // Reached by the keyboard, as its rows may have to be scrolled.
    const attributes = { class: "bc-table", role: "table", "aria-label": title, tabindex: "0" };
    this.table = element("div", attributes, element("div", { class: "bc-body", role: "rowgroup" }, head), this.body);
    this.empty = element("div", { class: "bc-empty" }, empty);
    const heading = element("div", { class: "bc-heading" }, title, this.count);
    this.node = element("div", { class: "bc-section", "data-name": name }, heading, this.table, this.empty);
    this.show({ count: 0, rows: [] });
  }

  show({ count, rows }) {
    setText(this.count, count > rows.length ? `${count}, the first ${rows.length} are shown` : String(count || ""));
    this.empty.hidden = rows.length > 0;
    this.table.hidden = rows.length === 0;
    const kept = new Set(rows.map((row) => row.id));
    for (const [id, node] of this.rows) {
      if (kept.has(id)) continue;
      node.remove();
      this.rows.delete(id);
    }
    let before = null;
    for (const row of rows) {
      const node = this.rowOf(row.id);
      this.fill(node, row);
      const next = before ? before.nextSibling : this.body.firstChild;
      if (next !== node) this.body.insertBefore(node, next);
      before = node;
    }
  }

  rowOf(id) {
    if (!this.rows.has(id)) this.rows.set(id, element("div", { class: "bc-row", role: "row" }));
    return this.rows.get(id);
  }

  fill(node, row) {
    node.classList.toggle("bc-bad", Boolean(row.bad));
    while (node.children.length < row.cells.length) node.append(element("div", { class: "bc-cell", role: "cell" }));
    row.cells.forEach((text, column) => {
      const cell = node.children[column];
      setText(cell, text);
      if (cell.title !== text) cell.title = text; // a long one is cut off on the screen
    });
    const more = (node.more ??= element("div", { class: "bc-more", role: "cell", "aria-colspan": row.cells.length }));
    setText(more, row.more ?? "");
    if (!row.more) more.remove();
    else if (more.parentNode !== node) node.append(more);
    this.extend(node, row);
  }
}

function headCell(name) {
  return element("div", { class: "bc-cell", role: "columnheader" }, name);
}

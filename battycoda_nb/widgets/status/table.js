/**
 * Tables whose rows come and go: a row that stays keeps its elements, and with them focus and selection.
 *
 * @import { Row, Table } from "./messages.d.ts"
 *
 * @typedef {{ node: HTMLElement, cells: HTMLElement[], more: HTMLElement }} RowParts
 */

import { element, setText } from "../dom.js";

/**
 * A table with a heading.
 *
 * @template {Row} [R=Row]
 */
export class LiveTable {
  /**
   * @param {object} options
   * @param {string} options.name
   * @param {string} options.title
   * @param {string[]} options.columns
   * @param {string} options.empty the sentence in place of no rows
   * @param {(node: HTMLElement, row: R) => void} [options.extend] may add to a row
   */
  constructor({ name, title, columns, empty, extend = () => {} }) {
    /** @type {Map<string, RowParts>} by row */
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

  /** @param {Table<R>} table */
  show({ count, rows }) {
    setText(this.count, count > rows.length ? `${count}, the first ${rows.length} are shown` : String(count || ""));
    this.empty.hidden = rows.length > 0;
    this.table.hidden = rows.length === 0;
    const kept = new Set(rows.map((row) => row.id));
    for (const [id, { node }] of this.rows) {
      if (kept.has(id)) continue;
      node.remove();
      this.rows.delete(id);
    }
    /** @type {HTMLElement | null} */
    let before = null;
    for (const row of rows) {
      const parts = this.partsOf(row);
      this.fill(parts, row);
      /** @type {ChildNode | null} */
      const next = before ? before.nextSibling : this.body.firstChild;
      if (next !== parts.node) this.body.insertBefore(parts.node, next);
      before = parts.node;
    }
  }

  /** @param {R} row */
  partsOf(row) {
    let parts = this.rows.get(row.id);
    if (!parts) {
      const node = element("div", { class: "bc-row", role: "row" });
      const span = String(row.cells.length);
      parts = { node, cells: [], more: element("div", { class: "bc-more", role: "cell", "aria-colspan": span }) };
      this.rows.set(row.id, parts);
    }
    return parts;
  }

  /**
   * @param {RowParts} parts
   * @param {R} row
   */
  fill({ node, cells, more }, row) {
    node.classList.toggle("bc-bad", row.bad);
    for (const [column, text] of row.cells.entries()) {
      if (column === cells.length) {
        const cell = element("div", { class: "bc-cell", role: "cell" });
        cells.push(cell);
        node.append(cell);
      }
      const cell = cells[column];
      setText(cell, text);
      if (cell.title !== text) cell.title = text; // a long one is cut off on the screen
    }
    setText(more, row.more);
    if (!row.more) more.remove();
    else if (more.parentNode !== node) node.append(more);
    this.extend(node, row);
  }
}

/** @param {string} name */
function headCell(name) {
  return element("div", { class: "bc-cell", role: "columnheader" }, name);
}

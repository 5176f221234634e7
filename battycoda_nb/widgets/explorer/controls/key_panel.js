/**
 * The list of keys, shown by "?".
 *
 * @import { bindKeys } from "../keys.js"
 *
 * @typedef {ReturnType<typeof buildKeyPanel>} KeyPanel
 */

import { element } from "../../dom.js";
import KEY_TABLE from "../key_table.json" with { type: "json" };
import { keyParts } from "../keys.js";

export function buildKeyPanel() {
  const table = element("div", { class: "bc-key-table" });
  const node = element("div", { class: "bc-keys", role: "dialog", "aria-label": "Keys" }, table);
  node.hidden = true;
  return { node, table };
}

/**
 * Show the keys of each action and each label.
 *
 * @param {KeyPanel} panel
 * @param {ReturnType<typeof bindKeys>} bound
 */
export function updateKeyPanel({ table }, bound) {
  /** @type {Map<string, string[]>} by action */
  const actions = new Map();
  /** @type {Map<string, string[]>} by label */
  const labels = new Map();
  for (const [key, { action, label }] of bound) {
    if (action) addTo(actions, action, key);
    if (label) addTo(labels, label, key);
  }
  const rows = [];
  for (const [action, { words }] of Object.entries(KEY_TABLE)) {
    const keys = actions.get(action);
    if (keys) rows.push(keyRow(keys, words));
  }
  for (const [label, keys] of labels) rows.push(keyRow(keys, `label: ${label}`));
  table.replaceChildren(...rows);
}

/**
 * @param {Map<string, string[]>} lists
 * @param {string} name
 * @param {string} key
 */
function addTo(lists, name, key) {
  const list = lists.get(name);
  if (list) list.push(key);
  else lists.set(name, [key]);
}

/**
 * @param {string[]} keys
 * @param {string} words
 */
function keyRow(keys, words) {
  const caps = keys.flatMap((key, k) => [
    ...(k ? [" "] : []),
    ...keyParts(key).map((part) => element("span", { class: "bc-key" }, part)),
  ]);
  return element(
    "div",
    { class: "bc-key-row" },
    element("div", { class: "bc-caps" }, ...caps),
    element("div", {}, words),
  );
}

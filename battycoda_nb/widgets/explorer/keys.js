/**
 * The meaning of key events. Pure: names of actions, no behaviour.
 *
 * @import { Traits } from "./messages/messages.d.ts"
 *
 * @typedef {keyof typeof KEY_TABLE} Action
 * @typedef {{ action: Action, label?: undefined } | { action?: undefined, label: string }} Meaning of a key
 * @typedef {Map<string, Meaning>} Bindings by the key's name
 */

import KEY_TABLE from "./key_table.json" with { type: "json" };

/** The actions in the order of the table, which holds nothing else. */
export const ACTIONS = /** @type {Action[]} */ (Object.keys(KEY_TABLE));

/** Actions that a held key repeats; a held "o" must not flicker. */
const REPEATING = /^(next|previous|zoom_in|zoom_out|pan_\w+)$/;

/** @type {Record<string, string>} */
const SHOWN = {
  ArrowRight: "→",
  ArrowLeft: "←",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  "-": "\u2212",
};

/**
 * A key event's name in the table: letters without the caps lock, Shift and Ctrl spelled out where they matter.
 *
 * @param {Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey">} event
 */
export function keyName({ key, shiftKey, ctrlKey, metaKey }) {
  const ctrl = ctrlKey || metaKey ? "Ctrl+" : ""; // on a Mac it is Cmd
  if (key === " ") return `${ctrl}${shiftKey ? "Shift+" : ""}Space`;
  if (key.length > 1) return `${ctrl}${shiftKey ? "Shift+" : ""}${key}`;
  const lower = key.toLowerCase();
  // Only a letter has a Shift of its own: "?" needs it on one keyboard and not on another.
  return ctrl + (shiftKey && lower !== key.toUpperCase() ? `Shift+${lower}` : lower);
}

/**
 * Bind the keys: the actions' keys, of which the user may have chosen others, and the labels' keys.
 *
 * @param {Traits["bindings"]} chosen
 * @param {Traits["label_keys"]} labels
 * @returns {Bindings}
 */
export function bindKeys(chosen = {}, labels = {}) {
  /** @type {Bindings} */
  const bound = new Map();
  for (const [key, label] of Object.entries(labels)) bound.set(key, { label });
  for (const action of ACTIONS) {
    for (const key of chosen[action] ?? KEY_TABLE[action].keys) bound.set(key, { action });
  }
  return bound;
}

/**
 * The meaning of a key event, or null when the key is not ours.
 *
 * @param {KeyboardEvent} event
 * @param {Bindings} bound
 */
export function keyMeaning(event, bound) {
  if (event.altKey || event.isComposing) return null;
  return bound.get(keyName(event)) ?? null;
}

/**
 * Whether to act on a repeat of a held key.
 *
 * @param {string} [action]
 */
export function repeats(action) {
  return REPEATING.test(action ?? "");
}

/**
 * A key's parts as they stand on a keyboard.
 *
 * @param {string} name
 */
export function keyParts(name) {
  if (name === "+") return ["+"];
  return name
    .split("+")
    .map((part) => SHOWN[part] ?? (part.length === 1 && name.length > 1 ? part.toUpperCase() : part));
}

/**
 * Whether a focused control needs a key for itself.
 *
 * @param {Pick<KeyboardEvent, "key">} event
 * @param {string} tag of the control
 * @param {string} [type] of an input
 */
export function belongsToControl(event, tag, type) {
  if (event.key === "Escape") return false;
  if (tag === "SELECT") return true;
  if (tag === "BUTTON") return event.key === " " || event.key === "Enter"; // who reached it by Tab presses it so
  if (tag === "INPUT" && type === "number") return true;
  return tag === "INPUT" && type === "range" && /^(Arrow|Home$|End$|Page)/.test(event.key);
}

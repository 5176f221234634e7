/** From a key event to what it means. Pure: names of actions, no behaviour. */

import KEY_TABLE from "./key_table.json" with { type: "json" };

/** Actions that a held key repeats; a held "o" must not flicker. */
const REPEATING = /^(next|previous|zoom_in|zoom_out|pan_\w+)$/;

const SHOWN = {
  ArrowRight: "→",
  ArrowLeft: "←",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  "-": "\u2212",
};

/** A key event's name in the table: letters without the caps lock, Shift and Ctrl spelled out where they matter. */
export function keyName({ key, shiftKey, ctrlKey, metaKey }) {
  const ctrl = ctrlKey || metaKey ? "Ctrl+" : ""; // on a Mac it is Cmd
  if (key === " ") return `${ctrl}${shiftKey ? "Shift+" : ""}Space`;
  if (key.length > 1) return `${ctrl}${shiftKey ? "Shift+" : ""}${key}`;
  const lower = key.toLowerCase();
  // Only a letter has a Shift of its own: "?" needs it on one keyboard and not on another.
  return ctrl + (shiftKey && lower !== key.toUpperCase() ? `Shift+${lower}` : lower);
}

/** What each key does: the actions' keys, of which the user may have chosen others, and the labels' keys. */
export function bindKeys(chosen = {}, labels = {}) {
  const bound = new Map(Object.entries(labels).map(([key, label]) => [key, { label }]));
  for (const [action, { keys }] of Object.entries(KEY_TABLE)) {
    for (const key of chosen[action] ?? keys) bound.set(key, { action });
  }
  return bound;
}

/** What a key event means: {action}, {label}, or null when the key is not ours. */
export function keyMeaning(event, bound) {
  if (event.altKey || event.isComposing) return null;
  return bound.get(keyName(event)) ?? null;
}

/** Whether to act on a repeat of a held key. */
export function repeats(action) {
  return REPEATING.test(action ?? "");
}

/** A key's parts as they stand on a keyboard. */
export function keyParts(name) {
  if (name === "+") return ["+"];
  return name
    .split("+")
    .map((part) => SHOWN[part] ?? (part.length === 1 && name.length > 1 ? part.toUpperCase() : part));
}

/** Keys that a focused control needs for itself. */
export function belongsToControl(event, tag, type) {
  if (event.key === "Escape") return false;
  if (tag === "SELECT") return true;
  if (tag === "BUTTON") return event.key === " " || event.key === "Enter"; // who reached it by Tab presses it so
  if (tag === "INPUT" && type === "number") return true;
  return tag === "INPUT" && type === "range" && /^(Arrow|Home$|End$|Page)/.test(event.key);
}

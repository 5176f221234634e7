/** Which key does what. Pure: names of actions, no behaviour. */

/** The list behind "?", and the only place where a key is bound. */
export const KEY_TABLE = [
  { action: "next", keys: ["ArrowRight", "e", "."], show: ["→", "e", "."], text: "next call" },
  { action: "previous", keys: ["ArrowLeft", "q", ","], show: ["←", "q", ","], text: "previous call" },
  { action: "first", keys: ["Home"], show: ["Home"], text: "first call" },
  { action: "last", keys: ["End"], show: ["End"], text: "last call" },
  { action: "play", keys: ["Space"], show: ["Space"], text: "play, or pause" },
  { action: "replay", keys: ["Shift+Space"], show: ["Shift", "Space"], text: "play from the start" },
  { action: "overview", keys: ["o"], show: ["o"], text: "detail or overview" },
  { action: "colours", keys: ["Shift+c"], show: ["Shift", "C"], text: "next colour map" },
  { action: "help", keys: ["?"], show: ["?"], text: "show or hide these keys" },
  { action: "leave", keys: ["Escape"], show: ["Esc"], text: "back to the notebook" },
];

const ACTION_OF_KEY = new Map(KEY_TABLE.flatMap(({ action, keys }) => keys.map((key) => [key, action])));

/** Actions that a held key repeats; a held "o" must not flicker. */
const REPEATING = new Set(["next", "previous"]);

/** A key event's name in the table: letters without the caps lock, Shift spelled out where it matters. */
export function keyName({ key, shiftKey }) {
  if (key === " ") return shiftKey ? "Shift+Space" : "Space";
  if (key.length > 1) return shiftKey ? `Shift+${key}` : key;
  const lower = key.toLowerCase();
  // Only a letter has a Shift of its own: "?" needs it on one keyboard and not on another.
  return shiftKey && lower !== key.toUpperCase() ? `Shift+${lower}` : lower;
}

/** The action of a key event, or null when the key is not ours. */
export function keyAction(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  return ACTION_OF_KEY.get(keyName(event)) ?? null;
}

/** Whether to act on a repeat of a held key. */
export function repeats(action) {
  return REPEATING.has(action);
}

/** Keys that a focused control needs for itself. */
export function belongsToControl(event, tag, type) {
  if (event.key === "Escape") return false;
  if (tag === "SELECT") return true;
  if (tag === "BUTTON") return event.key === " "; // who reached it by Tab presses it so
  if (tag === "INPUT" && type === "number") return true;
  return tag === "INPUT" && type === "range" && /^(Arrow|Home$|End$|Page)/.test(event.key);
}

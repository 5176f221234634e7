/**
 * The transform and the panels beside the picture: controls that report, and show what is.
 *
 * @import { Traits, Transform } from "../messages/messages.d.ts"
 *
 * @typedef {"waveform" | "spectrum" | "grid" | "markers" | "filmstrip"} PanelName
 * @typedef {ReturnType<typeof buildTools>} Tools
 */

import { element } from "../../dom.js";
import { button, choice, fixedChoice, option } from "./fields.js";

/** @type {[Transform["window"], string][]} */
const WINDOWS = [
  ["tukey", "Tukey"],
  ["hann", "Hann"],
  ["hamming", "Hamming"],
  ["blackmanharris", "Blackman-Harris"],
];
/** @type {[Transform["scale"], string][]} */
const SCALES = [
  ["linear", "linear"],
  ["mel", "mel"],
  ["pcen", "PCEN"],
];
/** @type {[PanelName, string, string][]} */
const PANELS = [
  ["waveform", "Waveform", "The call's waveform (Shift+W)"],
  ["spectrum", "Spectrum", "The call's power spectrum (Shift+P)"],
  ["grid", "Grid", "Lines at the axes' ticks (g)"],
  ["markers", "Markers", "Two markers that measure (Shift+M)"],
  ["filmstrip", "Filmstrip", "Calls side by side (Shift+F)"],
];
const CUSTOM = "custom";

/**
 * @param {object} handlers
 * @param {(changes: Partial<Transform>) => void} handlers.transform
 * @param {(panel: PanelName) => void} handlers.toggle
 * @param {() => Traits["presets"]} handlers.presets
 */
export function buildTools({ transform, toggle, presets }) {
  const preset = choice("Preset of the transform", (name) => {
    if (name !== CUSTOM) transform(presets()[name]);
  });
  const length = number(
    "Window length (ms)",
    { min: "0.05", max: "100", step: "0.05", placeholder: "256 pt" },
    (value) => (value > 0 ? Math.min(value, 100) : null),
    (value) => transform({ window_length: value ?? 0 }),
  );
  const overlap = number(
    "Overlap (%)",
    { min: "0", max: "98", step: "1", placeholder: "auto" },
    (value) => (Number.isFinite(value) ? Math.min(Math.max(value, 0), 98) : null),
    (value) => transform({ overlap: value === null ? null : value / 100 }),
  );
  const window = fixedChoice("Window", WINDOWS, (name) => transform({ window: name }));
  const scale = fixedChoice("Scale", SCALES, (name) => transform({ scale: name }));
  const buttons = PANELS.map(([name, text, title]) => ({ name, node: button(text, title, () => toggle(name)) }));
  const group = { class: "bc-group bc-panels", role: "group", "aria-label": "Panels" };
  const panels = { node: element("div", group, ...buttons.map((one) => one.node)), buttons };
  const node = element(
    "div",
    { class: "bc-tools", role: "toolbar", "aria-label": "Transform and look" },
    preset.node,
    element("label", { class: "bc-number-field" }, length.input, "ms"),
    element("label", { class: "bc-number-field" }, overlap.input, "%"),
    window.node,
    scale.node,
  );
  return { node, preset, length, overlap, window, scale, panels };
}

/**
 * A field for a number; what was typed becomes what is used, null where that is the field's own way (its placeholder).
 *
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {(value: number) => number | null} usable
 * @param {(value: number | null) => void} choose
 */
function number(name, attributes, usable, choose) {
  const input = element("input", { type: "number", "aria-label": name, title: name, ...attributes });
  input.addEventListener("change", () => {
    const value = usable(input.value === "" ? NaN : Number(input.value));
    input.value = value === null ? "" : String(value);
    choose(value);
  });
  return { input };
}

/**
 * Show the transform and which panels are open.
 *
 * @param {Tools} tools
 * @param {{ transform: Transform, presets: Traits["presets"], shown: Record<PanelName, boolean> }} state
 */
export function updateTools(tools, { transform, presets, shown }) {
  const names = Object.keys(presets);
  if (tools.preset.select.options.length !== names.length + 1) {
    tools.preset.select.replaceChildren(...[...names, CUSTOM].map((name) => option(name, name)));
  }
  tools.preset.select.value = names.find((name) => isSame(presets[name], transform)) ?? CUSTOM;
  setNumber(tools.length.input, transform.window_length ? Number(transform.window_length.toFixed(3)) : "");
  setNumber(tools.overlap.input, transform.overlap === null ? "" : Math.round(transform.overlap * 100));
  tools.window.select.value = transform.window;
  tools.scale.select.value = transform.scale;
  for (const { name, node } of tools.panels.buttons) node.setAttribute("aria-pressed", String(shown[name]));
}

/**
 * @param {Transform} one
 * @param {Transform} other
 */
function isSame(one, other) {
  const sameWindow = one.window === other.window && one.window_length === other.window_length;
  return sameWindow && one.overlap === other.overlap && one.scale === other.scale;
}

/**
 * @param {HTMLInputElement} input
 * @param {number | ""} value
 */
function setNumber(input, value) {
  if (document.activeElement !== input) input.value = String(value);
}

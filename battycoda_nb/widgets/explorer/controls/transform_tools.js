/** How the transform is made, and what is shown beside the picture: controls that report, and show what is. */

import { element } from "../../dom.js";
import { button, choice } from "./toolbar.js";

const WINDOWS = [
  ["tukey", "Tukey"],
  ["hann", "Hann"],
  ["hamming", "Hamming"],
  ["blackmanharris", "Blackman-Harris"],
];
const SCALES = [
  ["linear", "linear"],
  ["mel", "mel"],
  ["pcen", "PCEN"],
];
const PANELS = [
  ["waveform", "Waveform", "The call's waveform (Shift+W)"],
  ["spectrum", "Spectrum", "The call's power spectrum (Shift+P)"],
  ["grid", "Grid", "Lines at the axes' ticks (g)"],
  ["markers", "Markers", "Two markers that measure (Shift+M)"],
  ["filmstrip", "Filmstrip", "Calls side by side (Shift+F)"],
];
const CUSTOM = "custom";

/** `transform` takes changed traits, `toggle` the name of a panel. */
export function buildTools({ transform, toggle, presets }) {
  const preset = choice("Preset of the transform", (name) => name !== CUSTOM && transform(presets()[name]));
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
  const window = choice("Window", (name) => transform({ window: name }));
  const scale = choice("Scale", (name) => transform({ scale: name }));
  window.select.append(...WINDOWS.map(option));
  scale.select.append(...SCALES.map(option));
  const buttons = Object.fromEntries(
    PANELS.map(([name, text, title]) => [name, button(text, title, () => toggle(name))]),
  );
  const group = { class: "bc-group bc-panels", role: "group", "aria-label": "Panels" };
  const panels = { node: element("div", group, ...Object.values(buttons)), buttons };
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

function option([value, text]) {
  return element("option", { value }, text);
}

/** A field for a number; what was typed becomes what is used, null where that is the field's own way (its placeholder). */
function number(name, attributes, usable, choose) {
  const input = element("input", { type: "number", "aria-label": name, title: name, ...attributes });
  input.addEventListener("change", () => {
    const value = usable(input.value === "" ? NaN : Number(input.value));
    input.value = value === null ? "" : String(value);
    choose(value);
  });
  return { input };
}

/** Show the transform and which panels are open. */
export function updateTools(tools, { transform, presets, shown }) {
  const names = Object.keys(presets);
  if (tools.preset.select.options.length !== names.length + 1) {
    tools.preset.select.replaceChildren(...[...names, CUSTOM].map((name) => option([name, name])));
  }
  const same = (one) => Object.entries(one).every(([trait, value]) => transform[trait] === value);
  tools.preset.select.value = names.find((name) => same(presets[name])) ?? CUSTOM;
  setNumber(tools.length.input, transform.window_length ? Number(transform.window_length.toFixed(3)) : "");
  setNumber(tools.overlap.input, transform.overlap === null ? "" : Math.round(transform.overlap * 100));
  tools.window.select.value = transform.window;
  tools.scale.select.value = transform.scale;
  for (const [name, node] of Object.entries(tools.panels.buttons))
    node.setAttribute("aria-pressed", String(shown[name]));
}

function setNumber(input, value) {
  if (document.activeElement !== input) input.value = String(value);
}

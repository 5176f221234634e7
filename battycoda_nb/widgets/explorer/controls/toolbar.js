/** The toolbar and the panel of keys: elements that report what the user wants, and show what is. */

import { COLOUR_MAPS } from "../../../display/colours.js";
import { element, icon, setText } from "../../dom.js";
import KEY_TABLE from "../key_table.json" with { type: "json" };
import { keyParts } from "../keys.js";
import { buildRange } from "./range_slider.js";

const ICONS = {
  first: "M4 3.5v9M12.5 3.5 8 8l4.5 4.5",
  previous: "M10 3.5 5.5 8l4.5 4.5",
  next: "M6 3.5 10.5 8 6 12.5",
  last: "M12 3.5v9M3.5 3.5 8 8l-4.5 4.5",
};
const MAPPINGS = [
  ["range", "dB range"],
  ["contrast", "contrast"],
];

/** The toolbar; `act` takes the name of an action (key_table.json), `set…` what was chosen, `save…` where it came to rest. */
export function buildToolbar({ act, setChannel, setOverview, setLook, saveLook }) {
  const steps = ["first", "previous", "next", "last"].map((action) => stepButton(action, () => act(action)));
  const detail = button("Detail", "The call and a little on either side", () => setOverview(false));
  const overview = button("Overview", "The call and its surroundings (o)", () => setOverview(true));
  const channel = choice("Channel", (value) => setChannel(Number(value)));
  const mapping = choice("Levels to colours", (value) => saveLook({ mapping: value }));
  mapping.select.append(...MAPPINGS.map(([value, text]) => element("option", { value }, text)));
  const range = buildRange({ move: (low_high) => setLook(low_high), release: (low_high) => saveLook(low_high) });
  const contrast = slider(
    (value) => setLook({ contrast: value }),
    (value) => saveLook({ contrast: value }),
  );
  const colours = choice("Colour map", (cmap) => saveLook({ cmap }));
  const help = button("?", "Keys (?)", () => act("help"));
  help.setAttribute("aria-label", "Keys");
  help.setAttribute("aria-expanded", "false");
  colours.select.append(...COLOUR_MAPS.map((name) => element("option", { value: name }, name)));
  const node = element(
    "div",
    { class: "bc-toolbar", role: "toolbar", "aria-label": "Call explorer" },
    element("div", { class: "bc-group" }, ...steps),
    element("div", { class: "bc-group", role: "group", "aria-label": "Window" }, detail, overview),
    channel.node,
  );
  const look = element("div", { class: "bc-look" }, mapping.node, range.node, contrast.node, colours.node, help);
  return { node, look, steps, detail, overview, channel, mapping, range, contrast, colours, help };
}

/** Show a state in the toolbar. */
export function updateToolbar(toolbar, { place, look, count, channels, unit }) {
  const [first, previous, next, last] = toolbar.steps;
  setDisabled([first, previous], !(place.call > 0));
  setDisabled([next, last], !(place.call < count - 1));
  toolbar.steps.forEach((node) => nameStep(node, unit));
  toolbar.detail.setAttribute("aria-pressed", String(!place.overview));
  toolbar.overview.setAttribute("aria-pressed", String(place.overview));
  updateChannels(toolbar.channel, channels, place.channel);
  updateLook(toolbar, look);
}

/** The controls of the look alone: they follow a slider that is being dragged. */
export function updateLook({ mapping, range, contrast, colours }, look) {
  const byRange = look.mapping === "range";
  range.node.hidden = !byRange;
  contrast.node.hidden = byRange;
  range.show(look);
  contrast.show(look.contrast);
  if (mapping.select.value !== look.mapping) mapping.select.value = look.mapping;
  if (colours.select.value !== look.cmap) colours.select.value = look.cmap;
}

/** `aria-disabled`, as a button that is `disabled` would drop the focus and swallow the click that shows the hint. */
function setDisabled(buttons, disabled) {
  for (const node of buttons) node.setAttribute("aria-disabled", String(disabled));
}

function updateChannels({ node, select }, channels, chosen) {
  const shown = String(chosen < channels ? chosen : 0); // a file that has fewer shows its first
  node.hidden = !(channels > 1);
  if (select.options.length !== channels) {
    const option = (_, k) => element("option", { value: String(k) }, `channel ${k + 1}`);
    select.replaceChildren(...Array.from({ length: channels }, option));
  }
  if (select.value !== shown) select.value = shown;
}

function stepButton(action, press) {
  const node = button("", "", press);
  node.dataset.action = action;
  node.append(icon(ICONS[action]));
  nameStep(node, "call");
  return node;
}

function nameStep(node, unit) {
  const { action } = node.dataset;
  const name = `${action[0].toUpperCase()}${action.slice(1)} ${unit}`;
  if (node.getAttribute("aria-label") === name) return;
  node.setAttribute("aria-label", name);
  node.title = `${name} (${keyParts(KEY_TABLE[action].keys[0]).join(" ")})`;
}

/** A button with a text and a tooltip. */
export function button(text, title, press) {
  const node = element("button", { type: "button", title }, text);
  node.addEventListener("click", press);
  return node;
}

/** A list of choices, in the frame that the toolbars give it. */
export function choice(name, choose) {
  const select = element("select", { "aria-label": name, title: name });
  select.addEventListener("change", () => choose(select.value));
  return { node: element("span", { class: "bc-choice" }, select), select };
}

/** `input` comes with every move, `change` when the pointer lets go, or with each press of an arrow key. */
function slider(move, release) {
  const input = element("input", {
    type: "range",
    min: "0",
    max: "8",
    step: "0.1",
    "aria-label": "Contrast",
    title: "Contrast",
  });
  const value = element("output", {}, "");
  input.addEventListener("input", () => move(Number(input.value)));
  input.addEventListener("change", () => release(Number(input.value)));
  const show = (contrast) => {
    if (Number(input.value) !== contrast) input.value = String(contrast);
    setText(value, contrast.toFixed(1));
  };
  return { node: element("label", { class: "bc-contrast" }, input, value), input, show };
}

/** The list of keys, shown by "?": `bound` as bindKeys gives it. */
export function buildKeyPanel() {
  const table = element("div", { class: "bc-key-table" });
  const panel = element("div", { class: "bc-keys", role: "dialog", "aria-label": "Keys" }, table);
  panel.hidden = true;
  return { node: panel, table };
}

export function updateKeyPanel({ table }, bound) {
  const keysOf = (wanted) => [...bound].filter(([, meaning]) => wanted(meaning)).map(([key]) => key);
  const labels = new Set([...bound.values()].map(({ label }) => label).filter(Boolean));
  const rows = Object.entries(KEY_TABLE).map(([action, { words }]) => [keysOf((m) => m.action === action), words]);
  for (const label of labels) rows.push([keysOf((m) => m.label === label), `label: ${label}`]);
  table.replaceChildren(...rows.filter(([keys]) => keys.length).map(([keys, words]) => keyRow(keys, words)));
}

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

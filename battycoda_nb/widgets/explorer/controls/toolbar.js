/**
 * The toolbar: steps, window and channel, and how levels become colours. Its controls report what the user wants, and
 * show what is.
 *
 * @import { Look } from "../../../display/colours.js"
 * @import { Look as LookTraits, Place, Traits } from "../messages/messages.d.ts"
 *
 * @typedef {"first" | "previous" | "next" | "last"} StepAction
 * @typedef {ReturnType<typeof buildToolbar>} Toolbar
 *
 * @typedef {object} ToolbarHandlers
 * @property {(action: StepAction | "help") => void} act an action of key_table.json
 * @property {(channel: number) => void} setChannel
 * @property {(overview: boolean) => void} setOverview
 * @property {(changes: Partial<LookTraits>) => void} setLook with every move
 * @property {(changes: Partial<LookTraits>) => void} saveLook once it has come to rest
 */

import { COLOUR_MAPS } from "../../../display/colours.js";
import { element, icon } from "../../dom.js";
import KEY_TABLE from "../key_table.json" with { type: "json" };
import { keyParts } from "../keys.js";
import { button, choice, fixedChoice, option, slider } from "./fields.js";
import { buildRange } from "./range_slider.js";

/** @type {StepAction[]} */
const STEPS = ["first", "previous", "next", "last"];
const ICONS = {
  first: "M4 3.5v9M12.5 3.5 8 8l4.5 4.5",
  previous: "M10 3.5 5.5 8l4.5 4.5",
  next: "M6 3.5 10.5 8 6 12.5",
  last: "M12 3.5v9M3.5 3.5 8 8l-4.5 4.5",
};
/** @type {[LookTraits["mapping"], string][]} */
const MAPPINGS = [
  ["range", "dB range"],
  ["contrast", "contrast"],
];

/** @param {ToolbarHandlers} handlers */
export function buildToolbar({ act, setChannel, setOverview, setLook, saveLook }) {
  const steps = STEPS.map((action) => stepButton(action, () => act(action)));
  const detail = button("Detail", "The call and a little on either side", () => setOverview(false));
  const overview = button("Overview", "The call and its surroundings (o)", () => setOverview(true));
  const channel = choice("Channel", (value) => setChannel(Number(value)));
  const mapping = fixedChoice("Levels to colours", MAPPINGS, (value) => saveLook({ mapping: value }));
  const range = buildRange({ move: setLook, release: saveLook });
  const contrast = slider(
    "Contrast",
    (value) => setLook({ contrast: value }),
    (value) => saveLook({ contrast: value }),
  );
  const maps = COLOUR_MAPS.map((name) => /** @type {const} */ ([name, name]));
  const colours = fixedChoice("Colour map", maps, (cmap) => saveLook({ cmap }));
  const help = button("?", "Keys (?)", () => act("help"));
  help.setAttribute("aria-label", "Keys");
  help.setAttribute("aria-expanded", "false");
  const node = element(
    "div",
    { class: "bc-toolbar", role: "toolbar", "aria-label": "Call explorer" },
    element("div", { class: "bc-group" }, ...steps.map((step) => step.node)),
    element("div", { class: "bc-group", role: "group", "aria-label": "Window" }, detail, overview),
    channel.node,
  );
  const look = element("div", { class: "bc-look" }, mapping.node, range.node, contrast.node, colours.node, help);
  return { node, look, steps, detail, overview, channel, mapping, range, contrast, colours, help };
}

/**
 * Show a state in the toolbar.
 *
 * @param {Toolbar} toolbar
 * @param {{ place: Place, look: Look, count: number, channels: number, unit: Traits["unit"] }} state
 */
export function updateToolbar(toolbar, { place, look, count, channels, unit }) {
  for (const step of toolbar.steps) {
    const back = step.action === "first" || step.action === "previous";
    const possible = back ? place.call > 0 : place.call < count - 1;
    // Not `disabled`: such a button would drop the focus and swallow the click that shows the hint.
    step.node.setAttribute("aria-disabled", String(!possible));
    nameStep(step, unit);
  }
  toolbar.detail.setAttribute("aria-pressed", String(!place.overview));
  toolbar.overview.setAttribute("aria-pressed", String(place.overview));
  updateChannels(toolbar.channel, channels, place.channel);
  updateLook(toolbar, look);
}

/**
 * Show a look in its controls alone: they follow a slider that is being dragged.
 *
 * @param {Pick<Toolbar, "mapping" | "range" | "contrast" | "colours">} toolbar
 * @param {Look} look
 */
export function updateLook({ mapping, range, contrast, colours }, look) {
  const byRange = look.mapping === "range";
  range.node.hidden = !byRange;
  contrast.node.hidden = byRange;
  range.show(look);
  contrast.show(look.contrast);
  if (mapping.select.value !== look.mapping) mapping.select.value = look.mapping;
  if (colours.select.value !== look.cmap) colours.select.value = look.cmap;
}

/**
 * @param {Toolbar["channel"]} channel
 * @param {number} channels
 * @param {number} chosen
 */
function updateChannels({ node, select }, channels, chosen) {
  const shown = String(chosen < channels ? chosen : 0); // a file that has fewer shows its first
  node.hidden = !(channels > 1);
  if (select.options.length !== channels) {
    const names = Array.from({ length: channels }, (_, k) => option(String(k), `channel ${k + 1}`));
    select.replaceChildren(...names);
  }
  if (select.value !== shown) select.value = shown;
}

/**
 * @param {StepAction} action
 * @param {() => void} press
 */
function stepButton(action, press) {
  const node = button("", "", press);
  const step = { node, action };
  node.dataset.action = action;
  node.append(icon(ICONS[action]));
  nameStep(step, "call");
  return step;
}

/**
 * @param {{ node: HTMLButtonElement, action: StepAction }} step
 * @param {Traits["unit"]} unit
 */
function nameStep({ node, action }, unit) {
  const name = `${action[0].toUpperCase()}${action.slice(1)} ${unit}`;
  if (node.getAttribute("aria-label") === name) return;
  node.setAttribute("aria-label", name);
  node.title = `${name} (${keyParts(KEY_TABLE[action].keys[0]).join(" ")})`;
}

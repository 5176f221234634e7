/** The toolbar and the panel of keys: elements that report what the user wants, and show what is. */

import { COLOUR_MAPS } from "./colours.js";
import { element, icon, setText } from "./dom.js";
import { KEY_TABLE } from "./keys.js";

const ICONS = {
  first: "M4 3.5v9M12.5 3.5 8 8l4.5 4.5",
  previous: "M10 3.5 5.5 8l4.5 4.5",
  next: "M6 3.5 10.5 8 6 12.5",
  last: "M12 3.5v9M3.5 3.5 8 8l-4.5 4.5",
};

/** The toolbar; `act` takes the name of an action (as in keys.js), `set` a trait and its value. */
export function buildToolbar({ act, setChannel, setOverview, setContrast, saveContrast, setColours }) {
  const steps = ["first", "previous", "next", "last"].map((action) =>
    stepButton(action, () => act(action)),
  );
  const detail = button("Detail", "The call and 10 ms on either side", () => setOverview(false));
  const overview = button("Overview", "The call and its surroundings (o)", () => setOverview(true));
  const channel = choice("Channel", (value) => setChannel(Number(value)));
  const contrast = slider(setContrast, saveContrast);
  const colours = choice("Colour map", setColours);
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
    element("div", { class: "bc-look" }, contrast.node, colours.node, help),
  );
  return { node, steps, detail, overview, channel, contrast, colours, help };
}

/** Show a state in the toolbar. */
export function updateToolbar(toolbar, { place, look, count, channels }) {
  const [first, previous, next, last] = toolbar.steps;
  setDisabled([first, previous], !(place.call > 0));
  setDisabled([next, last], !(place.call < count - 1));
  toolbar.detail.setAttribute("aria-pressed", String(!place.overview));
  toolbar.overview.setAttribute("aria-pressed", String(place.overview));
  updateChannels(toolbar.channel, channels, place.channel);
  toolbar.contrast.show(look.contrast);
  if (toolbar.colours.select.value !== look.cmap) toolbar.colours.select.value = look.cmap;
}

/** `aria-disabled`, as a button that is `disabled` would drop the focus and swallow the click that shows the hint. */
function setDisabled(buttons, disabled) {
  for (const node of buttons) node.setAttribute("aria-disabled", String(disabled));
}

function updateChannels({ node, select }, channels, chosen) {
  node.hidden = !(channels > 1);
  if (select.options.length !== channels) {
    const option = (_, k) => element("option", { value: String(k) }, `channel ${k + 1}`);
    select.replaceChildren(...Array.from({ length: channels }, option));
  }
  if (select.value !== String(chosen)) select.value = String(chosen);
}

function stepButton(action, press) {
  const { text, show } = KEY_TABLE.find((entry) => entry.action === action);
  const name = text[0].toUpperCase() + text.slice(1);
  const node = button("", `${name} (${show[0]})`, press);
  node.setAttribute("aria-label", name);
  node.dataset.action = action;
  node.append(icon(ICONS[action]));
  return node;
}

function button(text, title, press) {
  const node = element("button", { type: "button", title }, text);
  node.addEventListener("click", press);
  return node;
}

function choice(name, choose) {
  const select = element("select", { "aria-label": name, title: name });
  select.addEventListener("change", () => choose(select.value));
  return { node: element("span", { class: "bc-choice" }, select), select };
}

/** `input` comes with every move, `change` when the pointer lets go, or with each press of an arrow key. */
function slider(move, release) {
  const input = element("input", {
    type: "range", min: "0", max: "8", step: "0.1", "aria-label": "Contrast", title: "Contrast",
  });
  const value = element("output", {}, "");
  input.addEventListener("input", () => move(Number(input.value)));
  input.addEventListener("change", () => release(Number(input.value)));
  const show = (contrast) => {
    if (Number(input.value) !== contrast) input.value = String(contrast);
    setText(value, contrast.toFixed(1));
  };
  return { node: element("label", { class: "bc-contrast" }, "Contrast", input, value), input, show };
}

/** The list of keys, shown by "?". */
export function buildKeyPanel() {
  const rows = KEY_TABLE.flatMap(({ show, text }) => [
    element("div", {}, ...show.map((key) => element("span", { class: "bc-key" }, key))),
    element("div", {}, text),
  ]);
  const table = element("div", { class: "bc-key-table" }, ...rows);
  const panel = element("div", { class: "bc-keys", role: "dialog", "aria-label": "Keys" }, table);
  panel.hidden = true;
  return panel;
}

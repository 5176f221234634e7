/**
 * Controls of the player: its button, the way of listening, and the playhead over the picture.
 *
 * @import { Projection, Rectangle } from "../../../display/axes.js"
 * @import { Listening } from "../messages/messages.d.ts"
 * @import { Scene } from "../painting/painter.js"
 *
 * @typedef {ReturnType<typeof buildListening>} ListeningControls
 */

import { element, icon } from "../../dom.js";

const PLAY = "M4.5 3v10l8.5-5z";
const PAUSE = "M5 3v10M11 3v10";
/** @type {[Listening["expansion"] | "heterodyne", string][]} */
const WAYS = [
  [5, "5× slower"],
  [8, "8× slower"],
  [10, "10× slower"],
  [16, "16× slower"],
  [20, "20× slower"],
  [1, "real time"],
  ["heterodyne", "heterodyne"],
];
const FIRST_TUNED = 40; // kHz

/**
 * @param {object} handlers
 * @param {() => void} handlers.toggle plays and pauses
 * @param {(way: Listening) => void} handlers.choose `heterodyne` in Hz, 0 for none
 */
export function buildListening({ toggle, choose }) {
  const glyph = icon(PLAY);
  const button = element("button", { type: "button", title: "Play (Space)", "aria-label": "Play" }, glyph);
  button.dataset.action = "play";
  button.addEventListener("click", toggle);
  const select = element(
    "select",
    { "aria-label": "Way of listening", title: "Way of listening" },
    ...WAYS.map(([value, text]) => element("option", { value: String(value) }, text)),
  );
  const tuned = element("input", {
    type: "number",
    min: "10",
    max: "250",
    step: "1",
    "aria-label": "Tuned to (kHz)",
    title: "Tuned to (kHz)",
  });
  const tuning = element("label", { class: "bc-tuning" }, tuned, "kHz");
  const changed = () => {
    const [way] = WAYS[select.selectedIndex];
    const hertz = Math.round(1000 * (Number(tuned.value) || FIRST_TUNED));
    choose(way === "heterodyne" ? { expansion: 1, heterodyne: hertz } : { expansion: way, heterodyne: 0 });
  };
  select.addEventListener("change", changed);
  tuned.addEventListener("change", changed);
  const node = element("div", { class: "bc-listening", role: "group", "aria-label": "Listening" });
  node.append(button, element("span", { class: "bc-choice" }, select), tuning);
  return { node, button, glyph, select, tuned, tuning };
}

/**
 * Show a state of the player in the controls.
 *
 * @param {ListeningControls} listening
 * @param {{ state: string, how: Listening }} player
 */
export function updateListening(listening, { state, how }) {
  const playing = state === "playing";
  listening.glyph.firstElementChild?.setAttribute("d", playing ? PAUSE : PLAY);
  listening.button.setAttribute("aria-label", playing ? "Pause" : "Play");
  listening.button.setAttribute("aria-pressed", String(playing));
  listening.button.setAttribute("aria-busy", String(state === "loading"));
  listening.select.value = how.heterodyne ? "heterodyne" : String(how.expansion);
  listening.tuning.hidden = !how.heterodyne;
  if (how.heterodyne) listening.tuned.value = String(how.heterodyne / 1000);
}

/** A line over the picture that runs with the sound. It is an element of its own: moving it repaints nothing. */
export class Playhead {
  /** @param {{ readonly position: number | null }} player s from the recording's start; null while nothing plays */
  constructor(player) {
    this.player = player;
    this.frame = 0;
    this.node = element("div", { class: "bc-playhead", "aria-hidden": "true" });
    this.node.hidden = true;
  }

  /**
   * Follow the player over what a painter shows while it plays; out of sight where the ear is beyond the plot.
   *
   * @param {Scene | null} scene
   * @param {{ readonly plot: Rectangle, readonly project: Projection | null }} painter
   */
  run(scene, painter) {
    cancelAnimationFrame(this.frame);
    const seconds = this.player.position;
    const { plot, project } = painter;
    this.node.hidden = seconds === null || !scene;
    if (seconds === null || !scene || !project) return;
    const x = project.x(seconds);
    this.node.style.visibility = x >= plot.x && x <= plot.x + plot.width ? "visible" : "hidden";
    Object.assign(this.node.style, { top: `${plot.y}px`, height: `${plot.height}px`, transform: `translateX(${x}px)` });
    this.frame = requestAnimationFrame(() => this.run(scene, painter));
  }

  end() {
    cancelAnimationFrame(this.frame);
  }
}

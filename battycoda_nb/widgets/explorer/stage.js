/**
 * The stage: the picture with all that lies over it, from the cross-hair to the words in the picture's place.
 *
 * @import { Panels } from "../../display/axes.js"
 * @import { Theme } from "../../display/colours.js"
 * @import { ExplorerView } from "./view.js"
 * @import { Screen } from "./messages/pictures.js"
 */

import { element, icon, setText } from "../dom.js";
import { Cursor } from "./controls/cursor.js";
import { Gestures } from "./controls/gestures.js";
import { Markers } from "./controls/markers.js";
import { Playhead } from "./controls/playback.js";
import { Painter } from "./painting/painter.js";

const WARNING = "M8 2 14.5 13.5h-13ZM8 6.5v3.5M8 11.8v.2";
const HEIGHT = 420;
const WAVEFORM_HEIGHT = 62;

/** The stage of one view. */
export class Stage {
  /** @param {ExplorerView} view */
  constructor(view) {
    const { session } = view;
    this.session = session;
    this.canvas = element("canvas", { class: "bc-picture", role: "img" });
    const overlay = element("canvas", { class: "bc-cursor", "aria-hidden": "true" });
    this.painter = new Painter(this.canvas);
    this.cursor = new Cursor(overlay, (seconds, hertz) => session.levelAt(seconds, hertz));
    this.gestures = new Gestures(overlay, view);
    this.markers = new Markers({
      moved: (markers, { final }) => final && session.save({ markers }),
      read: ([time, hertz]) => session.levelAt(session.onset + time, hertz)?.value ?? null,
    });
    this.playhead = new Playhead(session.player);
    this.words = element("div", { class: "bc-words" });
    this.again = element("button", { type: "button" }, "Try again");
    this.message = element("div", { class: "bc-message" }, icon(WARNING), this.words, this.again);
    this.node = element(
      "div",
      { class: "bc-stage" },
      this.canvas,
      overlay,
      this.gestures.box,
      this.markers.node,
      this.playhead.node,
      this.message,
    );
  }

  /**
   * Listen until the signal aborts.
   *
   * @param {AbortSignal} signal
   */
  listen(signal) {
    this.cursor.listen(signal);
    this.gestures.listen(signal);
    this.again.addEventListener("click", () => this.session.retry(), { signal });
  }

  end() {
    this.playhead.end();
    this.markers.end();
  }

  /**
   * Make room for the panels that are there.
   *
   * @param {Panels} panels
   */
  arrange({ waveform }) {
    this.node.style.height = `${HEIGHT + (waveform ? WAVEFORM_HEIGHT : 0)}px`;
  }

  /**
   * Take the size that the page gives; true when something changed.
   *
   * @param {Panels} panels
   */
  measure(panels) {
    const [width, height, ratio] = [this.node.clientWidth, this.node.clientHeight, window.devicePixelRatio || 1];
    if (!this.painter.resize(width, height, ratio, panels)) return false;
    const { plot } = this.painter;
    this.cursor.resize(width, height, ratio, plot);
    Object.assign(this.message.style, {
      left: `${plot.x}px`,
      top: `${plot.y}px`,
      width: `${plot.width}px`,
      height: `${plot.height}px`,
    });
    return true;
  }

  /**
   * Paint what is on the screen.
   *
   * @param {Theme} theme
   */
  paint(theme) {
    const { look, scene, model } = this.session;
    if (scene) this.painter.paint(scene, look, theme);
    else this.painter.blank(theme);
    const { project, plot } = this.painter;
    const onset = scene?.onset ?? 0;
    this.cursor.show(scene, project);
    this.markers.show({
      markers: scene ? (model.get("markers") ?? []) : [],
      plot,
      unit: scene?.measured.meta.unit,
      place: ([time, hertz]) => [project?.x(onset + time) ?? 0, project?.y(hertz) ?? 0],
      unplace: ([x, y]) => [(project?.seconds(x) ?? onset) - onset, project?.hertz(y) ?? 0],
    });
  }

  /**
   * Say what stands in the place of the picture, and for who cannot see it what the picture is of.
   *
   * @param {Screen} screen
   */
  describe({ state, message, retry }) {
    const { facts, place } = this.session;
    this.canvas.setAttribute("aria-label", `Spectrogram of ${facts.unit} ${place.call + 1}, ${state}`);
    setText(this.words, message ?? "");
    this.again.hidden = !retry;
  }
}

/**
 * The front end of SpectrogramView: one screen, put together from its parts. Traits and messages: messages.d.ts.
 *
 * @import { Theme } from "../../display/colours.js"
 * @import { Action } from "./keys.js"
 * @import { ExplorerModel, Look, Traits } from "./messages/messages.d.ts"
 * @import { Screen } from "./messages/pictures.js"
 * @import { Segment } from "./messages/strips.js"
 * @import { SessionView } from "./session.js"
 */

import { element, setText } from "../dom.js";
import { actionsOf, label } from "./actions.js";
import { buildHeader, updateHeader } from "./controls/header.js";
import { buildKeyPanel, updateKeyPanel } from "./controls/key_panel.js";
import { buildListening, updateListening } from "./controls/playback.js";
import { Below } from "./controls/strips.js";
import { buildToolbar, updateLook, updateToolbar } from "./controls/toolbar.js";
import { buildTools, updateTools } from "./controls/transform_tools.js";
import { Keyboard } from "./keyboard.js";
import { bindKeys } from "./keys.js";
import { Session } from "./session.js";
import { Stage } from "./stage.js";
import { readTheme } from "./theme.js";
import { readTransform } from "./traits.js";

const RESTING_HINT = "? shows the keys";
const HINT_MS = 1200;
const PROBLEM_MS = 8000;
const IDLE_MS = 400;

/**
 * One display of a session.
 *
 * @implements {SessionView}
 */
export class ExplorerView {
  /**
   * @param {Session} session
   * @param {HTMLElement} host
   */
  constructor(session, host) {
    this.session = session;
    this.ended = new AbortController();
    this.shown = readPanels(session.model);
    /** @type {Screen | null} */
    this.screen = null;
    /** @type {Theme | null} */
    this.colours = null;
    /** @type {Partial<Look>} what the user chose and the kernel does not know yet */
    this.unsaved = {};
    this.hintTimer = 0;
    this.saveTimer = 0; // 0: nothing is to be saved

    this.stage = new Stage(this);
    this.keyPanel = buildKeyPanel();
    this.stage.node.append(this.keyPanel.node);
    this.header = buildHeader();
    this.below = new Below(session);
    this.hint = element("span", { class: "bc-hint", role: "status" }, RESTING_HINT);
    this.toolbar = buildToolbar({
      act: (action) => this.act(action),
      setChannel: (channel) => session.change({ channel }),
      setOverview: (overview) => overview !== session.place.overview && session.change({ overview }),
      setLook: (changes) => session.restyle(changes),
      saveLook: (changes) => this.saveLook(changes),
    });
    this.tools = buildTools({
      transform: (changes) => session.transform(changes),
      toggle: (panel) => this.act(panel),
      presets: () => session.model.get("presets"),
    });
    this.listening = buildListening({ toggle: () => this.act("play"), choose: (way) => session.save(way) });
    this.toolbar.node.append(this.listening.node, this.tools.panels.node);
    this.tools.node.append(this.toolbar.look);
    this.root = element(
      "div",
      { class: "battycoda-explorer", tabindex: "0", role: "application", "aria-label": "Call explorer" },
      this.header.node,
      this.stage.node,
      element("div", { class: "bc-status" }, this.stage.cursor.node, this.stage.markers.readout, this.hint),
      this.below.film.node,
      this.below.strip.node,
      this.toolbar.node,
      this.tools.node,
    );
    this.keyboard = new Keyboard(this.root, { act: (action) => this.act(action), label: (text) => label(this, text) });
    host.append(this.root);

    this.actions = actionsOf(this);
    // Also when a hidden tab is shown again, whose theme may have changed unseen.
    this.observer = new ResizeObserver(() => this.measure() && this.refresh());
    this.listen();
    this.arrange();
    this.detach = session.attach(this);
  }

  get painter() {
    return this.stage.painter;
  }

  listen() {
    const { signal } = this.ended;
    this.stage.listen(signal);
    this.keyboard.listen(signal);
    // A theme changes our text colour, and its (very short) transition tells us so in any host. JupyterLab cancels it
    // half way, so its beginning counts as well as its end: the new colours hold from the beginning.
    for (const moment of ["transitionrun", "transitionend", "transitioncancel"]) {
      this.root.addEventListener(moment, (event) => event.target === this.root && this.refresh(), { signal });
    }
    // The page's zoom changes the pixel ratio only.
    window.addEventListener("resize", () => this.measure() && this.repaint(), { signal });
    this.observer.observe(this.stage.node);
  }

  /** Clean up; nothing of this view is called afterwards. */
  end() {
    this.detach();
    this.observer.disconnect();
    this.ended.abort();
    this.stage.end();
    this.below.end();
    clearTimeout(this.hintTimer);
    if (this.saveTimer) this.storeLook();
    this.root.remove();
  }

  // What the session calls

  arrange() {
    this.shown = readPanels(this.session.model);
    this.stage.arrange(this.shown);
    this.measure();
    this.below.arrange(this.shown, this.painter.ratio);
    if (this.screen) this.show();
  }

  /** Show where the session is: the picture first, then the words around it. */
  show() {
    const { screen } = this.session;
    this.screen = screen;
    this.repaint();
    const call = String(this.session.place.call);
    Object.assign(this.root.dataset, { call, digest: screen.digest, state: screen.state });
    this.stage.describe(screen);
    this.sharpness();
    this.describe();
  }

  /** Paint again what is on the screen. */
  repaint() {
    if (!this.screen || this.painter.width === 0) return;
    const { look } = this.session;
    this.stage.paint(this.theme);
    updateLook(this.toolbar, look);
    this.below.show(look, this.theme);
  }

  /** Say whether a closer picture is on its way: to the eye in the status line, to others on the root. */
  sharpness() {
    const { sharpness } = this.session.closeups;
    this.root.dataset.close = sharpness.state;
    if (sharpness.state === "failed") this.flash(sharpness.problem, PROBLEM_MS);
  }

  /** Write the words around the picture. */
  describe() {
    const { session } = this;
    const { place, look, count, model, facts, labels, recordings } = session;
    const { picture, message } = this.screen ?? session.screen;
    if (count === 0 && message !== session.screen.message) {
      this.show();
      return;
    }
    this.keyboard.bound = bindKeys(model.get("bindings") ?? {}, model.get("label_keys") ?? {});
    const { title, notice, unit, channels } = facts;
    /** @type {[number, number] | null} */
    const times = picture ? [picture.meta.onset, picture.meta.offset] : recordings.times(place.call);
    const before = recordings.times(place.call - 1);
    updateHeader(this.header, {
      call: place.call,
      count,
      unit,
      title,
      notice,
      recorded: facts.recorded,
      times,
      interval: times && before && place.call > facts.first ? times[0] - before[0] : null,
      label: labels.of(place.call),
      labelled: labels.share,
      peak: session.peaks.of(place),
    });
    updateToolbar(this.toolbar, { place, look, count, channels, unit });
    const presets = model.get("presets") ?? {};
    updateTools(this.tools, { transform: readTransform(model), presets, shown: this.shown });
    this.sounds();
  }

  /** Show the player's state: its button, the playhead, and what went wrong. */
  sounds() {
    const { player, scene } = this.session;
    updateListening(this.listening, { state: player.state, how: player.how });
    this.root.dataset.sound = player.state;
    this.stage.playhead.run(scene, this.painter);
    if (player.problem) this.flash(player.problem, PROBLEM_MS);
  }

  /**
   * @param {string} key
   * @param {Segment} segment
   */
  stripArrived(key, segment) {
    this.below.receive(key, segment);
  }

  /**
   * @param {string} key
   * @param {string} text
   */
  stripFailed(key, text) {
    if (this.below.key === key) this.flash(text, PROBLEM_MS);
  }

  /** @param {number} call */
  arrived(call) {
    this.below.arrived(call);
  }

  /**
   * @param {number} call
   * @param {string} text
   */
  failed(call, text) {
    this.below.failed(call, text);
  }

  /**
   * A word at the edge, without a dialog or a sound.
   *
   * @param {string} text
   */
  flash(text, duration = HINT_MS) {
    if (this.session.count === 0) return;
    setText(this.hint, text);
    clearTimeout(this.hintTimer);
    this.hintTimer = setTimeout(() => setText(this.hint, RESTING_HINT), duration);
  }

  // Size and colours

  /** Take the stage's size; true when something changed. */
  measure() {
    if (!this.stage.measure(this.shown)) return false;
    this.below.resize(this.painter.ratio);
    this.root.dataset.plot = JSON.stringify(this.painter.plot);
    return true;
  }

  get theme() {
    this.colours ??= readTheme(this.root);
    return this.colours;
  }

  refresh() {
    this.colours = null;
    this.repaint();
  }

  // The user's hand

  /** @param {Action} action */
  act(action) {
    this.actions[action]();
  }

  /** End one thing after the other, and at last hand the keys back. */
  escape() {
    if (!this.keyPanel.node.hidden) this.toggleKeys();
    else if (this.stage.gestures.boxing) this.stage.gestures.cancel();
    else this.keyboard.leave();
  }

  toggleKeys() {
    const { node } = this.keyPanel;
    if (node.hidden) updateKeyPanel(this.keyPanel, this.keyboard.bound);
    node.hidden = !node.hidden;
    this.toolbar.help.setAttribute("aria-expanded", String(!node.hidden));
  }

  /** Two markers at a third and two thirds of what is shown, or none. */
  toggleMarkers() {
    const { viewport, onset } = this.session;
    if (this.shown.markers || !viewport) {
      this.session.save({ markers: [] });
      return;
    }
    const { left, right, bottom, top } = viewport;
    /** @type {(share: number) => [number, number]} */
    const at = (share) => [left + share * (right - left) - onset, bottom + share * (top - bottom)];
    this.session.save({ markers: [at(1 / 3), at(2 / 3)] });
  }

  /**
   * Show at once; store at once when the pointer lets go, while a held arrow key must come to rest first.
   *
   * @param {Partial<Look>} changes
   */
  saveLook(changes) {
    this.session.restyle(changes);
    this.unsaved = { ...this.unsaved, ...changes };
    clearTimeout(this.saveTimer);
    if (this.keyboard.byPointer) this.storeLook();
    else this.saveTimer = setTimeout(() => this.storeLook(), IDLE_MS);
  }

  storeLook() {
    clearTimeout(this.saveTimer);
    this.saveTimer = 0;
    this.session.save(this.unsaved);
    this.unsaved = {};
  }
}

/**
 * The panels that are there, from the traits.
 *
 * @param {ExplorerModel} model
 */
function readPanels(model) {
  return {
    waveform: Boolean(model.get("waveform")),
    spectrum: Boolean(model.get("spectrum")),
    grid: Boolean(model.get("grid")),
    strip: Boolean(model.get("strip")),
    filmstrip: Boolean(model.get("filmstrip")),
    markers: (model.get("markers") ?? []).length > 0,
  };
}

export default () => {
  /** @type {Session} */
  let session; // one per model: two displays of it share what they hold
  return {
    /** @param {{ model: ExplorerModel }} widget */
    initialize({ model }) {
      session = new Session(model);
      session.start();
      return () => session.stop();
    },
    /** @param {{ el: HTMLElement }} widget */
    render({ el }) {
      const view = new ExplorerView(session, el);
      return () => view.end();
    },
  };
};

/** The front end of SpectrogramView: one screen, put together from its parts. Traits and messages: view.py. */

import { powerSpectrum } from "../../display/power_spectrum.js";
import { element, icon, setText } from "../dom.js";
import { actionsOf } from "./actions.js";
import { Cursor } from "./controls/cursor.js";
import { Gestures } from "./controls/gestures.js";
import { buildHeader, updateHeader } from "./controls/header.js";
import { Markers } from "./controls/markers.js";
import { buildListening, Playhead, updateListening } from "./controls/playback.js";
import { Below } from "./controls/strips.js";
import { buildKeyPanel, buildToolbar, updateKeyPanel, updateLook, updateToolbar } from "./controls/toolbar.js";
import { buildTools, updateTools } from "./controls/transform_tools.js";
import { belongsToControl, bindKeys, keyMeaning, repeats } from "./keys.js";
import { Painter } from "./painting/painter.js";
import { Session } from "./session.js";

const RESTING_HINT = "? shows the keys";
const WARNING = "M8 2 14.5 13.5h-13ZM8 6.5v3.5M8 11.8v.2";
const HINT_MS = 1200;
const PROBLEM_MS = 8000;
const IDLE_MS = 400;
const STAGE_HEIGHT = 420;
const WAVEFORM_HEIGHT = 62;

/** One display of a session. */
class ExplorerView {
  constructor(session, host) {
    this.session = session;
    this.host = host;
    this.ended = new AbortController();
    this.build();
    this.painter = new Painter(this.canvas);
    this.actions = actionsOf(this);
    this.listen();
    this.arrange();
    this.detach = session.attach(this);
  }

  build() {
    const { session } = this;
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
    this.playhead = new Playhead(session.player);
    this.header = buildHeader();
    this.keys = buildKeyPanel();
    this.below = new Below(session);
    this.buildStage();
    this.hint = element("span", { class: "bc-hint", role: "status" }, RESTING_HINT);
    this.root = element(
      "div",
      { class: "battycoda-explorer", tabindex: "0", role: "application", "aria-label": "Call explorer" },
      this.header.node,
      this.stage,
      element("div", { class: "bc-status" }, this.cursor.node, this.markers.readout, this.hint),
      this.below.film.node,
      this.below.strip.node,
      this.toolbar.node,
      this.tools.node,
    );
    this.claimKeys(true);
    this.host.append(this.root);
  }

  buildStage() {
    const { session } = this;
    this.canvas = element("canvas", { class: "bc-picture", role: "img" });
    const overlay = element("canvas", { class: "bc-cursor", "aria-hidden": "true" });
    this.cursor = new Cursor(overlay, (seconds, hertz) => session.levelAt(seconds, hertz));
    this.gestures = new Gestures(overlay, this);
    this.markers = new Markers({
      moved: (markers, { final }) => this.markersMoved(markers, final),
      read: ([time, hertz]) => session.levelAt(session.onset + time, hertz)?.value ?? null,
    });
    this.words = element("div", { class: "bc-words" });
    this.again = element("button", { type: "button" }, "Try again");
    this.message = element("div", { class: "bc-message" }, icon(WARNING), this.words, this.again);
    this.stage = element(
      "div",
      { class: "bc-stage" },
      this.canvas,
      overlay,
      this.gestures.box,
      this.markers.node,
      this.playhead.node,
      this.message,
      this.keys.node,
    );
  }

  /** While the attribute is there, whatever it says, JupyterLab leaves the keys to us. It looks from the focused element
   * outwards, and some of its shortcuts are for any ":focus": one of our controls needs the attribute itself. */
  claimKeys(ours, target = this.root) {
    for (const node of [this.root, target]) {
      if (ours) node.dataset.lmSuppressShortcuts = "true";
      else delete node.dataset.lmSuppressShortcuts;
    }
  }

  listen() {
    const { signal } = this.ended;
    const on = (target, event, handler) => target.addEventListener(event, handler, { signal });
    this.cursor.listen(signal);
    this.gestures.listen(signal);
    on(this.again, "click", () => this.session.retry());
    on(this.root, "keydown", (event) => this.press(event));
    // With Ctrl or Cmd held a key that is not ours is JupyterLab's: Ctrl+S saves the notebook, whoever has the focus.
    // Before the document's own listeners, of which JupyterLab's is one.
    const lend = (event) => {
      if (!this.root.contains(event.target)) return;
      const lent = (event.ctrlKey || event.metaKey) && keyMeaning(event, this.bound) === null;
      this.claimKeys(!lent, event.target);
    };
    for (const type of ["keydown", "keyup"]) window.addEventListener(type, lend, { signal, capture: true });
    on(this.root, "focusout", () => this.claimKeys(true));
    on(this.root, "pointerdown", () => (this.byPointer = true));
    on(this.root, "click", (event) => this.takeFocus(event));
    on(this.root, "change", (event) => this.byPointer && event.target.type !== "number" && this.focus());
    // A theme changes our text colour, and its (very short) transition tells us so in any host. JupyterLab cancels it
    // half way, so its beginning counts as well as its end: the new colours hold from the beginning.
    for (const stage of ["transitionrun", "transitionend", "transitioncancel"]) {
      on(this.root, stage, (event) => event.target === this.root && this.refresh());
    }
    on(window, "resize", () => this.measure() && this.repaint()); // the zoom changes the pixel ratio only
    // Also when a hidden tab is shown again, whose theme may have changed unseen.
    this.observer = new ResizeObserver(() => this.measure() && this.refresh());
    this.observer.observe(this.stage);
  }

  /** Clean up; nothing of this view is called afterwards. */
  end() {
    this.detach();
    this.observer.disconnect();
    this.ended.abort();
    for (const part of [this.playhead, this.markers, this.below]) part.end();
    clearTimeout(this.hintTimer);
    if (this.saveTimer) this.storeLook();
    this.root.remove();
  }

  /** Which panels are there: their room, and what they show. */
  arrange() {
    const { model } = this.session;
    this.shown = Object.fromEntries(
      ["waveform", "spectrum", "grid", "strip", "filmstrip"].map((name) => [name, Boolean(model.get(name))]),
    );
    this.shown.markers = (model.get("markers") ?? []).length > 0;
    this.stage.style.height = `${STAGE_HEIGHT + (this.shown.waveform ? WAVEFORM_HEIGHT : 0)}px`;
    this.measure();
    this.below.arrange(this.shown, this.painter.ratio);
    if (this.screen) this.show();
  }

  /** Take the stage's size; true when something changed. */
  measure() {
    const [width, height, ratio] = [this.stage.clientWidth, this.stage.clientHeight, window.devicePixelRatio || 1];
    if (!this.painter.resize(width, height, ratio, this.shown)) return false;
    const { plot } = this.painter;
    this.cursor.resize(width, height, ratio, plot);
    this.below.resize(ratio);
    this.root.dataset.plot = JSON.stringify(plot);
    Object.assign(this.message.style, {
      left: `${plot.x}px`,
      top: `${plot.y}px`,
      width: `${plot.width}px`,
      height: `${plot.height}px`,
    });
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

  /** Show where the session is: the picture first, then the words around it. */
  show() {
    const screen = this.session.screen;
    this.screen = screen;
    this.repaint();
    const { call } = this.session.place;
    Object.assign(this.root.dataset, { call, digest: screen.digest, state: screen.state });
    this.canvas.setAttribute("aria-label", `Spectrogram of ${this.session.facts.unit} ${call + 1}, ${screen.state}`);
    setText(this.words, screen.message ?? "");
    this.again.hidden = !screen.retry;
    this.sharpness();
    this.describe();
  }

  /** Paint again what is on the screen. */
  repaint() {
    if (!this.screen || this.painter.width === 0) return;
    const { look, scene, model } = this.session;
    if (scene) this.painter.paint(scene, look, this.theme);
    else this.painter.blank(this.theme);
    const { project, plot } = this.painter;
    this.cursor.show(scene, project);
    this.markers.show({
      markers: scene ? (model.get("markers") ?? []) : [],
      plot,
      onset: scene?.onset ?? 0,
      theme: this.theme,
      place: ([time, hertz]) => [project.x(scene.onset + time), project.y(hertz)],
      unplace: ([x, y]) => [project.seconds(x) - scene.onset, project.hertz(y)],
    });
    updateLook(this.toolbar, look);
    this.below.show(look, this.theme);
  }

  stripArrived(key, segment) {
    this.below.receive(key, segment);
  }

  stripFailed(key, text) {
    if (this.below.key === key) this.flash(text, PROBLEM_MS);
  }

  arrived(call) {
    this.below.arrived(call);
  }

  failed(call, text) {
    this.below.failed(call, text);
  }

  /** Whether a closer picture is on its way: for the eye in the status line, for others on the root. */
  sharpness() {
    const { state } = this.session.closeups;
    const known = ["", "waiting", "shown"].includes(state);
    this.root.dataset.close = known ? state : "failed";
    if (!known) this.flash(state, PROBLEM_MS);
  }

  /** The words around the picture. */
  describe() {
    const { session } = this;
    const { place, look, count, model, facts } = session;
    if (count === 0 && this.screen.message !== session.screen.message) return this.show();
    this.bound = bindKeys(model.get("bindings") ?? {}, model.get("label_keys") ?? {});
    const { title, notice, unit, channels } = facts;
    const { picture } = this.screen;
    const times = picture ? [picture.meta.onset, picture.meta.offset] : session.book.times(place.call);
    const before = session.book.times(place.call - 1);
    const interval = times && before && place.call > facts.first ? times[0] - before[0] : null;
    updateHeader(this.header, {
      call: place.call,
      count,
      unit,
      title,
      notice,
      times,
      interval,
      label: session.judgements.of(place.call),
      labelled: session.judgements.share,
      peak: peakOf(session.scene),
    });
    updateToolbar(this.toolbar, { place, look, count, channels, unit });
    updateTools(this.tools, {
      transform: session.read(["window", "window_length", "overlap", "scale"]),
      presets: model.get("presets") ?? {},
      shown: this.shown,
    });
    this.sounds();
  }

  /** The player's state: its button, the playhead, and what went wrong. */
  sounds() {
    const { player, scene } = this.session;
    updateListening(this.listening, { state: player.state, how: player.how });
    this.root.dataset.sound = player.state;
    this.playhead.run(scene, this.painter);
    if (player.problem) this.flash(player.problem, PROBLEM_MS);
  }

  press(event) {
    this.byPointer = false;
    const { tagName, type } = event.target;
    if (type === "number" && event.key === "Enter") this.enter(event);
    if (belongsToControl(event, tagName, type) || event.defaultPrevented) return;
    const meaning = keyMeaning(event, this.bound);
    if (!meaning) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat && !repeats(meaning.action)) return;
    if (meaning.label !== undefined)
      this.session.judgements.say("label", meaning.label) || this.flash("windows have no labels");
    else this.act(meaning.action);
  }

  /** What was typed counts when the field loses the focus; JupyterLab lets no Enter do that by itself. */
  enter(event) {
    event.preventDefault();
    event.stopPropagation();
    this.focus();
  }

  act(action) {
    this.actions[action]();
  }

  /** Esc ends one thing after the other, and at last hands the keys back. */
  escape() {
    if (!this.keys.node.hidden) this.toggleKeys();
    else if (this.gestures.boxing) this.gestures.cancel();
    else this.leave();
  }

  toggleKeys() {
    const { node } = this.keys;
    if (node.hidden) updateKeyPanel(this.keys, this.bound);
    node.hidden = !node.hidden;
    this.toolbar.help.setAttribute("aria-expanded", String(!node.hidden));
  }

  /** Two markers at a third and two thirds of what is shown, or none. */
  toggleMarkers() {
    const { viewport, onset } = this.session;
    if (this.shown.markers || !viewport) return this.session.save({ markers: [] });
    const { left, right, bottom, top } = viewport;
    const at = (share) => [left + share * (right - left) - onset, bottom + share * (top - bottom)];
    this.session.save({ markers: [at(1 / 3), at(2 / 3)] });
  }

  markersMoved(markers, final) {
    if (final) this.session.save({ markers });
  }

  /** A word at the edge, without a dialog or a sound. */
  flash(text, duration = HINT_MS) {
    if (this.session.count === 0) return;
    setText(this.hint, text);
    clearTimeout(this.hintTimer);
    this.hintTimer = setTimeout(() => setText(this.hint, RESTING_HINT), duration);
  }

  /** Show at once; store at once when the pointer lets go, while a held arrow key must come to rest first. */
  saveLook(changes) {
    this.session.restyle(changes);
    this.unsaved = { ...this.unsaved, ...changes };
    clearTimeout(this.saveTimer);
    if (this.byPointer) this.storeLook();
    else this.saveTimer = setTimeout(() => this.storeLook(), IDLE_MS);
  }

  storeLook() {
    clearTimeout(this.saveTimer);
    this.saveTimer = null;
    this.session.save(this.unsaved);
    this.unsaved = {};
  }

  focus() {
    this.root.focus({ preventScroll: true });
  }

  /** A click anywhere gives us the keys; what is typed into or chosen from keeps them until that is done. */
  takeFocus(event) {
    const keeps = event.target.tagName === "SELECT" || event.target.type === "number";
    if (event.detail > 0 && !keeps) this.focus();
  }

  /** Hand the focus to the notebook, whose keys then work again. */
  leave() {
    document.activeElement?.blur();
    for (const selector of [".jp-Cell", ".jp-Notebook"]) {
      const outer = this.host.closest(selector);
      outer?.focus({ preventScroll: true });
      if (outer && document.activeElement === outer) return;
    }
  }
}

/** The loudest frequency of a scene's call; null where its picture is not of a decibel scale. */
function peakOf(scene) {
  if (!scene || scene.measured.meta.unit === "PCEN") return null;
  return powerSpectrum(scene.measured, { from: scene.onset, to: scene.offset }).peakHertz;
}

/** The theme's colours as the canvas needs them; read once, as asking for styles costs time. */
function readTheme(root) {
  const style = getComputedStyle(root);
  const colour = (name) => style.getPropertyValue(`--bc-${name}`).trim();
  const names = ["text", "muted", "line", "blank", "brand"];
  return { font: style.fontFamily, ...Object.fromEntries(names.map((name) => [name, colour(name)])) };
}

export default () => {
  let session; // one per model: two displays of it share what they hold
  return {
    initialize({ model }) {
      session = new Session(model);
      session.start();
      return () => session.stop();
    },
    render({ el }) {
      const view = new ExplorerView(session, el);
      return () => view.end();
    },
  };
};

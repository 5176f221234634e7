/** The front end of SpectrogramView: one screen, put together from its parts. Traits and messages: view.py. */

import { Painter } from "./canvas.js";
import { buildKeyPanel, buildToolbar, updateToolbar } from "./controls.js";
import { Cursor } from "./cursor.js";
import { element, icon, setText } from "./dom.js";
import { buildHeader, updateHeader } from "./header.js";
import { belongsToControl, keyAction, repeats } from "./keys.js";
import { Playhead, buildListening, updateListening } from "./listening.js";
import { Session } from "./session.js";

const RESTING_HINT = "? shows the keys";
const WARNING = "M8 2 14.5 13.5h-13ZM8 6.5v3.5M8 11.8v.2";
const HINT_MS = 1200;
const PROBLEM_MS = 8000;
const IDLE_MS = 400;

/** One display of a session. */
class ExplorerView {
  constructor(session, host) {
    this.session = session;
    this.host = host;
    this.ended = new AbortController();
    this.build();
    this.painter = new Painter(this.canvas);
    this.listen();
    this.measure();
    this.detach = session.attach(this);
  }

  build() {
    const { session } = this;
    this.toolbar = buildToolbar({
      act: (action) => this.act(action),
      setChannel: (channel) => session.change({ channel }),
      setOverview: (overview) => overview !== session.place.overview && session.change({ overview }),
      setContrast: (contrast) => session.restyle({ contrast }),
      saveContrast: (contrast) => this.saveContrast(contrast),
      setColours: (cmap) => this.setColours(cmap),
    });
    this.listening = buildListening({
      toggle: () => this.act("play"),
      choose: (way) => session.save(way),
    });
    this.toolbar.node.querySelector(".bc-look").before(this.listening.node);
    this.playhead = new Playhead(session.player);
    this.canvas = element("canvas", { class: "bc-picture", role: "img" });
    const overlay = element("canvas", { class: "bc-cursor", "aria-hidden": "true" });
    this.cursor = new Cursor(overlay);
    this.words = element("div", { class: "bc-words" });
    this.again = element("button", { type: "button" }, "Try again");
    this.message = element("div", { class: "bc-message" }, icon(WARNING), this.words, this.again);
    this.header = buildHeader();
    this.keys = buildKeyPanel();
    this.stage = element("div", { class: "bc-stage" }, this.canvas, overlay, this.playhead.node, this.message, this.keys);
    this.hint = element("span", { class: "bc-hint", role: "status" }, RESTING_HINT);
    this.root = element(
      "div",
      { class: "battycoda-explorer", tabindex: "0", role: "application", "aria-label": "Call explorer" },
      this.header.node,
      this.stage,
      element("div", { class: "bc-status" }, this.cursor.node, this.hint),
      this.toolbar.node,
    );
    this.claimKeys(true);
    this.host.append(this.root);
  }

  /** While the attribute is there, whatever it says, JupyterLab leaves the keys to us. */
  claimKeys(ours) {
    if (ours) this.root.dataset.lmSuppressShortcuts = "true";
    else delete this.root.dataset.lmSuppressShortcuts;
  }

  listen() {
    const { signal } = this.ended;
    const on = (target, event, handler) => target.addEventListener(event, handler, { signal });
    this.cursor.listen(signal);
    on(this.again, "click", () => this.session.retry());
    on(this.root, "keydown", (event) => this.press(event));
    // With Ctrl or Cmd held a key is JupyterLab's: Ctrl+S saves the notebook, whoever has the focus.
    const lend = (event) => this.claimKeys(!(event.ctrlKey || event.metaKey));
    on(this.root, "keydown", lend);
    on(this.root, "keyup", lend);
    on(this.root, "focusout", () => this.claimKeys(true));
    on(this.root, "pointerdown", () => (this.byPointer = true));
    on(this.root, "click", (event) => this.takeFocus(event));
    on(this.root, "change", () => this.byPointer && this.focus());
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
    this.playhead.end();
    clearTimeout(this.hintTimer);
    if (this.saveTimer) this.storeContrast();
    this.root.remove();
  }

  /** Take the stage's size; true when it changed. */
  measure() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    const ratio = window.devicePixelRatio || 1;
    if (!this.painter.resize(width, height, ratio)) return false;
    const { plot } = this.painter;
    this.cursor.resize(width, height, ratio, plot);
    this.root.dataset.plot = JSON.stringify(plot);
    Object.assign(this.message.style, {
      left: `${plot.x}px`, top: `${plot.y}px`, width: `${plot.width}px`, height: `${plot.height}px`,
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
    this.canvas.setAttribute("aria-label", `Spectrogram of call ${call + 1}, ${screen.state}`);
    setText(this.words, screen.message ?? "");
    this.again.hidden = !screen.retry;
    this.cursor.show(screen.picture ?? null);
    this.describe();
  }

  /** Paint again what is on the screen. */
  repaint() {
    if (!this.screen || this.painter.width === 0) return;
    const { look } = this.session;
    if (this.screen.picture) this.painter.paint(this.screen.picture, look, this.theme);
    else this.painter.blank(this.theme);
    this.cursor.draw();
    this.toolbar.contrast.show(look.contrast);
    this.toolbar.colours.select.value = look.cmap;
  }

  /** The words around the picture. */
  describe() {
    const { session } = this;
    const { place, look, count, model } = session;
    if (count === 0 && this.screen.message !== session.screen.message) return this.show();
    const [title, notice] = [model.get("title"), model.get("notice")];
    const meta = this.screen.picture?.meta;
    updateHeader(this.header, { call: place.call, count, title, notice, meta });
    updateToolbar(this.toolbar, { place, look, count, channels: model.get("channels") });
    this.sounds();
  }

  /** The player's state: its button, the playhead, and what went wrong. */
  sounds() {
    const { player } = this.session;
    updateListening(this.listening, { state: player.state, how: player.how });
    this.root.dataset.sound = player.state;
    this.playhead.run(this.screen?.picture?.meta, this.painter.plot);
    if (player.problem) this.flash(player.problem, PROBLEM_MS);
  }

  press(event) {
    this.byPointer = false;
    const { tagName, type } = event.target;
    if (belongsToControl(event, tagName, type)) return;
    const action = keyAction(event);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat || repeats(action)) this.act(action);
  }

  act(action) {
    const { session } = this;
    const { call, overview } = session.place;
    const actions = {
      next: () => session.goTo(call + 1) || this.flash("last call"),
      previous: () => session.goTo(call - 1) || this.flash("first call"),
      first: () => session.goTo(0),
      last: () => session.goTo(session.count - 1),
      play: () => session.player.toggle(false),
      replay: () => session.player.toggle(true),
      overview: () => session.change({ overview: !overview }),
      colours: () => session.nextColourMap(),
      help: () => this.toggleKeys(),
      leave: () => (this.keys.hidden ? this.leave() : this.toggleKeys()),
    };
    actions[action]();
  }

  toggleKeys() {
    this.keys.hidden = !this.keys.hidden;
    this.toolbar.help.setAttribute("aria-expanded", String(!this.keys.hidden));
  }

  /** A word at the edge, without a dialog or a sound. */
  flash(text, duration = HINT_MS) {
    if (this.session.count === 0) return;
    setText(this.hint, text);
    clearTimeout(this.hintTimer);
    this.hintTimer = setTimeout(() => setText(this.hint, RESTING_HINT), duration);
  }

  setColours(cmap) {
    this.session.restyle({ cmap });
    this.session.save({ cmap });
  }

  /** Store at once when the pointer lets go; a held arrow key must come to rest first. */
  saveContrast(contrast) {
    this.unsaved = contrast;
    clearTimeout(this.saveTimer);
    if (this.byPointer) this.storeContrast();
    else this.saveTimer = setTimeout(() => this.storeContrast(), IDLE_MS);
  }

  storeContrast() {
    clearTimeout(this.saveTimer);
    this.saveTimer = null;
    this.session.save({ contrast: this.unsaved });
  }

  focus() {
    this.root.focus({ preventScroll: true });
  }

  /** A click anywhere gives us the keys; an open list of choices keeps them until something is chosen. */
  takeFocus(event) {
    if (event.detail > 0 && event.target.tagName !== "SELECT") this.focus();
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

/**
 * The actions of the key table on one view.
 *
 * @import { Action } from "./keys.js"
 * @import { ExplorerView } from "./view.js"
 */

const ZOOM_STEP = 1.5;
const PAN_STEP = 0.2; // of what is shown
const NO_LABELS = "windows have no labels";

/**
 * The actions by name, for a view.
 *
 * @param {ExplorerView} view
 * @returns {Record<Action, () => void>}
 */
export function actionsOf(view) {
  const { session, stage } = view;
  const { zoom, labels, player } = session;
  /** @type {(by: number, end: string) => void} */
  const step = (by, end) => {
    if (!session.goTo(session.place.call + by)) view.flash(`${end} ${session.facts.unit}`);
  };
  /** @type {(action: "accept" | "reject" | "remove" | "undo" | "redo") => void} */
  const judge = (action) => {
    if (!labels.judge(action)) view.flash(NO_LABELS);
  };
  return {
    next: () => step(1, "last"),
    previous: () => step(-1, "first"),
    first: () => session.goTo(0),
    last: () => session.goTo(session.count - 1),
    play: () => player.toggle(false),
    replay: () => player.toggle(true),
    overview: () => session.change({ overview: !session.place.overview }),
    zoom_in: () => zoom.zoom(ZOOM_STEP, stage.cursor.point, "time"),
    zoom_out: () => zoom.zoom(1 / ZOOM_STEP, stage.cursor.point, "time"),
    zoom_reset: () => zoom.reset(),
    box: () => view.flash(stage.gestures.startBox() ? "drag a box over the picture" : "no box"),
    back: () => {
      if (!zoom.back()) view.flash("no view before this");
    },
    pan_left: () => zoom.pan(-PAN_STEP, 0),
    pan_right: () => zoom.pan(PAN_STEP, 0),
    pan_up: () => zoom.pan(0, PAN_STEP),
    pan_down: () => zoom.pan(0, -PAN_STEP),
    grid: () => session.toggle("grid"),
    markers: () => view.toggleMarkers(),
    waveform: () => session.toggle("waveform"),
    spectrum: () => session.toggle("spectrum"),
    filmstrip: () => session.toggle("filmstrip"),
    colours: () => session.nextColourMap(),
    accept: () => judge("accept"),
    reject: () => judge("reject"),
    remove: () => judge("remove"),
    undo: () => judge("undo"),
    redo: () => judge("redo"),
    help: () => view.toggleKeys(),
    leave: () => view.escape(),
  };
}

/**
 * Label the call on the screen.
 *
 * @param {ExplorerView} view
 * @param {string} text
 */
export function label(view, text) {
  if (!view.session.labels.judge("label", text)) view.flash(NO_LABELS);
}

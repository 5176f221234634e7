/** What each action of the key table does to one view. */

const ZOOM_STEP = 1.5;
const PAN_STEP = 0.2; // of what is shown

/** The actions by name, for a view (view.js). */
export function actionsOf(view) {
  const { session } = view;
  const { zoom } = session;
  const step = (by, end) => session.goTo(session.place.call + by) || view.flash(`${end} ${session.facts.unit}`);
  const judge = (action) => session.judgements.say(action) || view.flash("windows have no labels");
  return {
    next: () => step(1, "last"),
    previous: () => step(-1, "first"),
    first: () => session.goTo(0),
    last: () => session.goTo(session.count - 1),
    play: () => session.player.toggle(false),
    replay: () => session.player.toggle(true),
    overview: () => session.change({ overview: !session.place.overview }),
    zoom_in: () => zoom.zoom(ZOOM_STEP, view.cursor.point, "time"),
    zoom_out: () => zoom.zoom(1 / ZOOM_STEP, view.cursor.point, "time"),
    zoom_reset: () => zoom.reset(),
    box: () => view.flash(view.gestures.startBox() ? "drag a box over the picture" : "no box"),
    back: () => zoom.back() || view.flash("no view before this"),
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

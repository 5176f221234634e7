/** What was said that the calls are: shown at once, kept by the kernel. */

import { pictureKey } from "./pictures.js";

/** One session's labels. */
export class Judgements {
  constructor(session) {
    this.session = session;
    this.known = new Map(); // call -> {text, state}, for those that somebody has said something of
    this.share = null; // of all calls, those that have been judged
  }

  /** From the kernel: [[call, text, state], …], the share, and where to go, or what went wrong. */
  receive({ entries, labelled, call, problem }) {
    for (const [step, text, state] of entries) this.known.set(step, { text: String(text), state: String(state) });
    this.share = labelled;
    if (Number.isInteger(call)) this.session.goTo(call); // where the label was that is undone
    this.session.tell("describe");
    if (problem) this.session.tell("flash", String(problem));
  }

  /** What a call is said to be, or what its segment file suggests. */
  of(call) {
    const { memory, place } = this.session;
    const suggested = memory.get(pictureKey({ ...place, call }))?.meta.label ?? "";
    return this.known.get(call) ?? { text: suggested, state: suggested ? "suggested" : "" };
  }

  /** Say of the call on the screen "label" (with its text), "accept", "reject" or "remove"; or "undo", "redo". False
   * where there are no calls. */
  say(action, label) {
    const { session } = this;
    const { call } = session.place;
    const turns = ["undo", "redo"].includes(action); // also from a window: it may be of another file's call
    if (!turns && session.facts.unit !== "call") return false;
    session.send({ type: "judge", action, call, label });
    if (session.model.get("advance") && !turns) session.goTo(call + 1);
    return true;
  }
}

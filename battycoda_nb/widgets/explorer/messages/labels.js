/**
 * Labels of the calls: shown at once, kept by the kernel.
 *
 * @import { Session } from "../session.js"
 * @import { JudgeRequest, LabelsMessage } from "./messages.d.ts"
 *
 * @typedef {{ text: string, state: string }} Label `state`: "suggested", "labelled", "accepted", "rejected", "removed",
 *   or empty
 */

/** One session's labels. */
export class Labels {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    /** @type {Map<number, Label>} by call, where somebody has judged it */
    this.known = new Map();
    /** @type {number | null} of all calls, those that have been judged */
    this.share = null;
  }

  /**
   * From the kernel: [[call, text, state], …], the share, and where to go, or what went wrong.
   *
   * @param {LabelsMessage} message
   */
  receive({ entries, labelled, call, problem }) {
    for (const [step, text, state] of entries) this.known.set(step, { text: String(text), state: String(state) });
    this.share = labelled;
    if (call !== null && Number.isInteger(call)) this.session.goTo(call); // where the label was that is undone
    this.session.publish((view) => {
      view.describe();
      if (problem) view.flash(String(problem));
    });
  }

  /**
   * The label of a call, or what its segment file suggests.
   *
   * @param {number} call
   * @returns {Label}
   */
  of(call) {
    const { pictures, place } = this.session;
    const suggested = pictures.of({ ...place, call })?.meta.label ?? "";
    return this.known.get(call) ?? { text: suggested, state: suggested ? "suggested" : "" };
  }

  /**
   * Judge the call on the screen, or take the last judgement back ("undo", "redo"). False where there are no calls.
   *
   * @param {JudgeRequest["action"]} action
   * @param {string} [label] with "label"
   */
  judge(action, label) {
    const { session } = this;
    const { call } = session.place;
    const isTurn = action === "undo" || action === "redo"; // also from a window: it may be of another file's call
    if (!isTurn && session.facts.unit !== "call") return false;
    session.send({ type: "judge", action, call, label });
    if (session.model.get("advance") && !isTurn) session.goTo(call + 1);
    return true;
  }
}

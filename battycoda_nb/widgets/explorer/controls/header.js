/**
 * The header: the recording, the call, and its facts in numbers.
 *
 * @import { Label } from "../messages/labels.js"
 * @import { Peak } from "../messages/peaks.js"
 *
 * @typedef {ReturnType<typeof buildHeader>} Header
 *
 * @typedef {object} HeaderState
 * @property {number} call
 * @property {number} count
 * @property {string} unit
 * @property {string} title
 * @property {string} notice
 * @property {Label} label
 * @property {number | null} labelled share of calls with a label
 * @property {string} recorded when the recording began, as the message "recording" has it
 * @property {[number, number] | null} times onset and offset of the step, s
 * @property {number | null} interval from the onset before, s
 * @property {Peak | null} peak the call's peak frequency
 */

import { clockText, durationText, numberText, peakText } from "../../../display/axes.js";
import { element, setText } from "../../dom.js";

const UNKNOWN = "\u2013";
/** @type {Record<string, string>} */
const LABEL_STATES = {
  suggested: "Suggested by the segment file; a accepts it, r rejects it",
  labelled: "Your label",
  accepted: "Suggested, and accepted by you",
  rejected: "Suggested, and rejected by you",
  removed: "No call, as you said",
};
const PEAK = "Peak frequency of the call, in its band where it has one: the same at any zoom and transform";
const AT_EDGE = `${PEAK}. It lies at the band's edge: the maximum may be beyond it`;
const FACTS = ["Time", "Duration", "Onset", "Interval", "Peak"];

/** The elements of the header and of the notice below it. */
export function buildHeader() {
  const title = element("div", { class: "bc-title" });
  const counter = element("span", { class: "bc-counter" });
  const label = element("span", { class: "bc-label" });
  const facts = FACTS.map(() => element("div", { class: "bc-fact" }));
  const notice = element("div", { class: "bc-notice", role: "status" });
  const columns = facts.map((node, k) => element("div", {}, element("div", { class: "bc-name" }, FACTS[k]), node));
  const heading = element("div", { class: "bc-heading", "aria-live": "polite" }, counter, label);
  const names = element("div", { class: "bc-names" }, title, heading);
  const header = element("div", { class: "bc-header" }, names, element("div", { class: "bc-facts" }, ...columns));
  return { node: element("div", {}, header, notice), title, counter, label, facts, notice, clock: columns[0] };
}

/**
 * Show a state in the header.
 *
 * @param {Header} header
 * @param {HeaderState} state
 */
export function updateHeader(header, state) {
  const { call, count, unit, title, notice, label, labelled, recorded, times, interval, peak } = state;
  setText(header.title, title);
  header.title.title = title; // a long name is cut off on the screen
  const done = labelled === null ? "" : `, ${Math.floor(100 * labelled)} % labelled`;
  setText(header.counter, count ? `${unit} ${call + 1} of ${count}${done}` : "no calls");
  setText(header.label, label.text);
  header.label.dataset.state = label.state;
  header.label.title = LABEL_STATES[label.state] ?? "";
  const [time, duration, onset, before, loudest] = header.facts;
  const clock = times ? clockText(recorded, times[0]) : null;
  header.clock.hidden = !clock;
  setText(time, clock ? clock.time : "");
  header.clock.title = clock ? `${clock.date} ${clock.time} ${clock.offset}, by the recorder's clock` : "";
  setText(duration, times ? durationText(times[1] - times[0]) : UNKNOWN);
  setText(onset, times ? `${numberText(times[0], 4)} s` : UNKNOWN);
  setText(before, interval === null ? UNKNOWN : durationText(interval));
  setText(loudest, peak === null ? UNKNOWN : peakText(peak));
  loudest.title = peak?.atEdge ? AT_EDGE : PEAK;
  setText(header.notice, count ? notice : ""); // without calls it stands in the place of the picture
}

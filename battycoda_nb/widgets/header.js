/** The header: which recording, which call, and its facts in numbers. */

import { durationText, numberText } from "./axes.js";
import { element, setText } from "./dom.js";

const UNKNOWN = "\u2013";

/** The elements of the header and of the notice below it. */
export function buildHeader() {
  const title = element("div", { class: "bc-title" });
  const counter = element("span", { class: "bc-counter" });
  const label = element("span", { class: "bc-label", title: "Label of this call" });
  const duration = element("div", { class: "bc-fact" });
  const onset = element("div", { class: "bc-fact" });
  const notice = element("div", { class: "bc-notice", role: "status" });
  const facts = element(
    "div",
    { class: "bc-facts" },
    element("div", {}, element("div", { class: "bc-name" }, "Duration"), duration),
    element("div", {}, element("div", { class: "bc-name" }, "Onset"), onset),
  );
  const heading = element("div", { class: "bc-heading", "aria-live": "polite" }, counter, label);
  const names = element("div", { class: "bc-names" }, title, heading);
  const node = element("div", {}, element("div", { class: "bc-header" }, names, facts), notice);
  return { node, title, counter, label, duration, onset, notice };
}

/** Show a state in the header; `meta` is that of the picture on the screen, if there is one. */
export function updateHeader(header, { call, count, title, notice, meta }) {
  setText(header.title, title);
  header.title.title = title; // a long name is cut off on the screen
  setText(header.counter, count ? `call ${call + 1} of ${count}` : "no calls");
  setText(header.label, meta?.label ?? "");
  setText(header.duration, meta ? durationText(meta.offset - meta.onset) : UNKNOWN);
  setText(header.onset, meta ? `${numberText(meta.onset, 4)} s` : UNKNOWN);
  setText(header.notice, count ? notice : ""); // without calls it stands in the place of the picture
}

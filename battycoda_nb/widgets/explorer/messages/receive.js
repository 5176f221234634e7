/**
 * Hands each message of the kernel to what keeps its kind.
 *
 * @import { Buffer } from "../../../display/png.js"
 * @import { Session } from "../session.js"
 * @import { KernelMessage } from "./messages.d.ts"
 */

import { readFacts } from "./recordings.js";

/**
 * @param {Session} session
 * @param {KernelMessage} message
 * @param {Buffer[]} buffers
 */
export function receive(session, message, buffers) {
  const { pictures, peaks, closeups, recordings, strips, labels, player, zoom } = session;
  pictures.unanswered = 0; // the kernel lives
  switch (message?.type) {
    case "picture":
      pictures.receive(message, buffers);
      break;
    case "failed":
      pictures.fail(message, String(message.message ?? ""));
      break;
    case "waiting":
      pictures.wait(message);
      break;
    case "close":
      closeups.receive(message, buffers);
      break;
    case "recording":
      recordings.add(readFacts(message, buffers));
      session.publish((view) => view.show());
      break;
    case "strip":
      strips.receive(message, buffers);
      break;
    case "labels":
      labels.receive(message);
      break;
    case "peaks":
      peaks.receive(message);
      break;
    case "sound":
      player.receive(message, buffers);
      break;
    case "play":
      player.toggle(true);
      break;
    case "stop":
      player.stop();
      break;
    case "act":
      if (message.action === "back") zoom.back();
      break;
  }
}

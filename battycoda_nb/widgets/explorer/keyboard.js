/**
 * The keys of one view: when they are ours and when the notebook's, what they do, and where the focus goes.
 *
 * @import { Action, Bindings } from "./keys.js"
 */

import { belongsToControl, bindKeys, keyMeaning, repeats } from "./keys.js";

/** Listens on a view's root element. */
export class Keyboard {
  /**
   * @param {HTMLElement} root takes the focus
   * @param {object} does what keys do
   * @param {(action: Action) => void} does.act
   * @param {(text: string) => void} does.label
   */
  constructor(root, { act, label }) {
    this.root = root;
    this.act = act;
    this.label = label;
    /** @type {Bindings} */
    this.bound = bindKeys();
    this.byPointer = false; // the last touch was the pointer's, not a key's
    this.claim(true);
  }

  /**
   * Listen until the signal aborts.
   *
   * @param {AbortSignal} signal
   */
  listen(signal) {
    const { root } = this;
    root.addEventListener("keydown", (event) => this.press(event), { signal });
    // Before the document's own listeners, of which JupyterLab's is one.
    for (const type of /** @type {const} */ (["keydown", "keyup"])) {
      window.addEventListener(type, (event) => this.lend(event), { signal, capture: true });
    }
    root.addEventListener("focusout", () => this.claim(true), { signal });
    root.addEventListener(
      "pointerdown",
      () => {
        this.byPointer = true;
      },
      { signal },
    );
    root.addEventListener("click", (event) => this.takeFocus(event), { signal });
    root.addEventListener("change", (event) => this.byPointer && !isNumberField(event.target) && this.focus(), {
      signal,
    });
  }

  /**
   * While the attribute is there, whatever it says, JupyterLab leaves the keys to us. It looks from the focused element
   * outwards, and some of its shortcuts are for any ":focus": one of our controls needs the attribute itself.
   *
   * @param {boolean} ours
   * @param {HTMLElement} target
   */
  claim(ours, target = this.root) {
    for (const node of [this.root, target]) {
      if (ours) node.dataset.lmSuppressShortcuts = "true";
      else delete node.dataset.lmSuppressShortcuts;
    }
  }

  /**
   * With Ctrl or Cmd held a key that is not ours is JupyterLab's: Ctrl+S saves the notebook, whoever has the focus.
   *
   * @param {KeyboardEvent} event
   */
  lend(event) {
    const { target } = event;
    if (!(target instanceof HTMLElement && this.root.contains(target))) return;
    const isLent = (event.ctrlKey || event.metaKey) && keyMeaning(event, this.bound) === null;
    this.claim(!isLent, target);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    this.byPointer = false;
    const { target } = event;
    if (isNumberField(target) && event.key === "Enter") this.enter(event);
    const tag = target instanceof Element ? target.tagName : "";
    const type = target instanceof HTMLInputElement ? target.type : "";
    if (belongsToControl(event, tag, type) || event.defaultPrevented) return;
    const meaning = keyMeaning(event, this.bound);
    if (!meaning) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat && !repeats(meaning.action)) return;
    if (meaning.label !== undefined) this.label(meaning.label);
    else this.act(meaning.action);
  }

  /**
   * What was typed counts when the field loses the focus; JupyterLab lets no Enter do that by itself.
   *
   * @param {KeyboardEvent} event
   */
  enter(event) {
    event.preventDefault();
    event.stopPropagation();
    this.focus();
  }

  focus() {
    this.root.focus({ preventScroll: true });
  }

  /**
   * A click anywhere gives us the keys; what is typed into or chosen from keeps them until that is done.
   *
   * @param {MouseEvent} event
   */
  takeFocus({ target, detail }) {
    const keeps = target instanceof HTMLSelectElement || isNumberField(target);
    if (detail > 0 && !keeps) this.focus();
  }

  /** Hand the focus to the notebook, whose keys then work again. */
  leave() {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    for (const selector of [".jp-Cell", ".jp-Notebook"]) {
      const outer = this.root.parentElement?.closest(selector);
      if (!(outer instanceof HTMLElement)) continue;
      outer.focus({ preventScroll: true });
      if (document.activeElement === outer) return;
    }
  }
}

/** @param {EventTarget | null} target */
function isNumberField(target) {
  return target instanceof HTMLInputElement && target.type === "number";
}

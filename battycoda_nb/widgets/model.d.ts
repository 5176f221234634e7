/** A widget's model as anywidget hands it to the front end, typed by the widget's traits and messages. */
export interface Model<Traits, FromKernel, ToKernel> {
  get<Name extends keyof Traits>(name: Name): Traits[Name];
  set<Name extends keyof Traits>(name: Name, value: Traits[Name]): void;
  save_changes(): void;
  /** Throws where the kernel is gone. */
  send(message: ToKernel): void;
  on: Subscribe<Traits, FromKernel>;
  off: Subscribe<Traits, FromKernel>;
}

interface Subscribe<Traits, FromKernel> {
  (event: "msg:custom", handler: (message: FromKernel, buffers: DataView<ArrayBuffer>[]) => void): void;
  (event: `change:${keyof Traits & string}`, handler: () => void): void;
}

/** Emits the events of a Node stream that piping needs. Winston requires them, and not every runtime has Node's streams. */

/** A function that an event calls. */
export type Listener = (...args: never[]) => unknown;

interface Entry {
  readonly listener: Listener;
  readonly isOnce: boolean;
}

/** Calls the listeners of an event in the order in which they were added. */
export class Emitter {
  readonly #entries = new Map<string | symbol, readonly Entry[]>();

  on(event: string | symbol, listener: Listener): this {
    return this.#set(event, [...this.#get(event), { listener, isOnce: false }]);
  }

  addListener(event: string | symbol, listener: Listener): this {
    return this.on(event, listener);
  }

  once(event: string | symbol, listener: Listener): this {
    return this.#set(event, [...this.#get(event), { listener, isOnce: true }]);
  }

  prependListener(event: string | symbol, listener: Listener): this {
    return this.#set(event, [{ listener, isOnce: false }, ...this.#get(event)]);
  }

  /** Removes a listener. If it was added twice, removes the later one. */
  off(event: string | symbol, listener: Listener): this {
    const entries = this.#get(event);
    const at = entries.map((entry) => entry.listener).lastIndexOf(listener);
    return this.#set(event, entries.filter((_, i) => i !== at));
  }

  removeListener(event: string | symbol, listener: Listener): this {
    return this.off(event, listener);
  }

  removeAllListeners(event?: string | symbol): this {
    if (event === undefined) this.#entries.clear();
    else this.#entries.delete(event);
    return this;
  }

  listeners(event: string | symbol): Listener[] {
    return this.#get(event).map(({ listener }) => listener);
  }

  listenerCount(event: string | symbol): number {
    return this.#get(event).length;
  }

  setMaxListeners(_count: number): this {
    return this;
  }

  /** Calls the listeners. Returns whether there were any. */
  emit(event: string | symbol, ...args: unknown[]): boolean {
    const entries = this.#get(event);
    for (const { listener, isOnce } of entries) {
      if (isOnce) this.off(event, listener);
      listener.apply(this, args as never[]);
    }
    return entries.length > 0;
  }

  #get(event: string | symbol): readonly Entry[] {
    return this.#entries.get(event) ?? [];
  }

  #set(event: string | symbol, entries: readonly Entry[]): this {
    this.#entries.set(event, entries);
    return this;
  }
}

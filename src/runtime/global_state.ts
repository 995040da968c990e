/** Shares state between several copies of this module in one process. */

const key = Symbol.for("@x/seqlog/1"); // changes whenever the layout of the shared state changes

/** Returns the process-wide object of this name, created on first use and shared by every copy of this module. */
export function shared<T>(name: string, make: () => T): T {
  const world = globalThis as unknown as { [key]?: Record<string, unknown> };
  if (world[key] === undefined) Object.defineProperty(world, key, { value: Object.create(null) });
  const things = world[key] as Record<string, unknown>;
  return (things[name] ??= make()) as T;
}

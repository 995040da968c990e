/** The one place where two copies of this module in one process meet. */

const key = Symbol.for("@x/seqlog/1"); // changed whenever what is kept there changes its contract

/** The process-wide thing of that name, made on first use and shared by every copy of this module. */
export function shared<T>(name: string, make: () => T): T {
  const world = globalThis as unknown as { [key]?: Record<string, unknown> };
  if (world[key] === undefined) Object.defineProperty(world, key, { value: Object.create(null) });
  const things = world[key] as Record<string, unknown>;
  return (things[name] ??= make()) as T;
}

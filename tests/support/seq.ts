/** What a test observes of the library without a network: lines that reach Seq, texts on the console, and diagnostics. */

import assert from "node:assert/strict";
import {
  configure,
  type Diagnostic,
  flush,
  getLogger,
  type LogEvent,
  type Logger,
  type Logging,
  MemoryHandler,
  onDiagnostic,
  type SeqOptions,
  shutdown,
} from "../../mod.ts";

/** A parsed line of CLEF. */
export type Clef = Record<string, unknown>;

/** A Seq that accepts everything, or replies with the given status. */
export class FakeSeq {
  /** The bodies that came, in their order, those that were refused not among them. */
  readonly bodies: Uint8Array[] = [];
  /** What was asked for, refused or not. */
  readonly requests: { readonly url: string; readonly headers: Headers }[] = [];
  /** How the next requests are answered. */
  status = 201;
  /** Held up before it answers, where a test wants so. */
  gate: Promise<unknown> | undefined;

  /** The option `fetch`. */
  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    this.requests.push({ url: String(input), headers: new Headers(init?.headers) });
    const { status } = this;
    const body = init?.body as Uint8Array;
    if (this.gate !== undefined) await this.gate;
    if (status >= 300) return new Response('{"Error":"Not now"}', { status });
    if (body.length > 0) this.bodies.push(body);
    return new Response('{"MinimumLevelAccepted":null}', { status });
  };

  /** The lines that were taken; a body that is not UTF-8 fails the test. */
  get lines(): string[] {
    const utf8 = new TextDecoder("utf-8", { fatal: true });
    return this.bodies.flatMap((body) => utf8.decode(body).split("\n"));
  }

  /** The events that were taken. */
  get events(): Clef[] {
    return this.lines.map((line) => JSON.parse(line));
  }
}

/** A configuration that ships to a {@linkcode FakeSeq}; disposing it shuts the logging down. */
export interface Observation extends AsyncDisposable {
  readonly seq: FakeSeq;
  readonly logging: Logging;
  /** Flushes and gives the lines that came since the last look. */
  lines(): Promise<string[]>;
  /** The same, parsed. */
  events(): Promise<Clef[]>;
  /** The same, where there has to be one. */
  event(): Promise<Clef>;
}

/** Global properties that say nothing of the machine. */
export const anonymous: Readonly<Record<string, null>> = { MachineName: null, ProcessId: null };

/** Configures one Seq at the root, everything enabled, without the properties of the machine. */
export function observe({ properties, ...options }: Partial<SeqOptions> = {}): Observation {
  const seq = new FakeSeq();
  const serverUrl = "http://seq.test";
  const logging = configure({ serverUrl, fetch: seq.fetch, level: "trace", ...options, properties: { ...anonymous, ...properties } });
  let seen = 0;
  const lines = async (): Promise<string[]> => {
    const { pending, lost } = await flush();
    assert.deepEqual({ pending, lost }, { pending: 0, lost: 0 });
    const fresh = seq.lines.slice(seen);
    seen += fresh.length;
    return fresh;
  };
  const events = async (): Promise<Clef[]> => (await lines()).map((line) => JSON.parse(line));
  const event = async (): Promise<Clef> => {
    const found = await events();
    assert.equal(
      found.length,
      1,
      `one event should have come: ${JSON.stringify(found).slice(0, 1000)}`,
    );
    return found[0]!;
  };
  return { seq, logging, lines, events, event, [Symbol.asyncDispose]: async () => void (await shutdown()) };
}

/** The properties of a line: all but CLEF's own fields and the logger's name. */
export function propertiesOf(clef: Clef): Clef {
  return Object.fromEntries(Object.entries(clef).filter(([name]) => name !== "SourceContext" && !/^@[^@]/.test(name)));
}

/** What was recorded, and how the recording ends. */
export interface Hearing<T> extends Disposable {
  readonly heard: T[];
}

/** Hears what the library says of itself, which then stands on no console. */
export function hearDiagnostics(): Hearing<Diagnostic> {
  const heard: Diagnostic[] = [];
  const listening = onDiagnostic((diagnostic) => heard.push(diagnostic));
  return { heard, [Symbol.dispose]: () => listening[Symbol.dispose]() };
}

/** A call of the console. */
export interface ConsoleCall {
  readonly method: string;
  readonly text: string;
}

/** Replaces the console's methods: calls are recorded, and not shown. */
export function hearConsole(): Hearing<ConsoleCall> {
  const heard: ConsoleCall[] = [];
  const methods = ["debug", "info", "log", "warn", "error", "trace"] as const;
  const original = methods.map((method) => [method, console[method]] as const);
  for (const method of methods) {
    console[method] = (...args: unknown[]) => void heard.push({ method, text: args.join(" ") });
  }
  return {
    heard,
    [Symbol.dispose]: () => {
      for (const [method, own] of original) console[method] = own;
    },
  };
}

/** Keeps what a logger and those below it log; disposing it takes the handler away. */
export interface Recollection extends Disposable {
  readonly memory: MemoryHandler;
  readonly events: readonly LogEvent[];
  /** The only event; fails where there is not just one. */
  readonly event: LogEvent;
  readonly messages: readonly string[];
}

/** Adds a memory handler to a logger. */
export function remember(logger: Logger = getLogger()): Recollection {
  const memory = new MemoryHandler();
  const added = logger.addHandler(memory);
  return {
    memory,
    events: memory.events,
    get event() {
      assert.equal(memory.events.length, 1);
      return memory.events[0]!;
    },
    get messages() {
      return memory.events.map(({ message }) => message);
    },
    [Symbol.dispose]: () => added[Symbol.dispose](),
  };
}

/** The names at the top of a line as they stand there, a name that stands twice twice. */
export function namesIn(line: string): string[] {
  const names: string[] = [];
  let depth = 0;
  for (const { 0: token, index } of line.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth === 1 && line[index + token.length] === ":") {
      names.push(JSON.parse(token));
    }
  }
  return names;
}

/** The text of an event for people: it never looks like another event. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConsoleHandler, getLogger, type Handler, type LogEvent, MemoryHandler } from "../mod.ts";
import { FileHandler } from "../src/file/file_handler.ts";
import { type Formatter, textFormatter } from "../src/text_formatter.ts";
import { StreamHandler } from "../src/handlers/stream_handler.ts";
import { pythonFormatter } from "../src/python/python_formatter.ts";
import { Folder } from "./support/folder.ts";
import { hearConsole } from "./support/seq.ts";

const forged = "12:00:00.000 INFO  shop All is well";
const evil = [
  `\n${forged}`,
  `\r\n${forged}`,
  `\r${forged}`,
  `\u2028${forged}`,
  `\u2029${forged}`,
  `\x85${forged}`,
  `\x1b[1A\x1b[2K${forged}`,
  `\x1b[2J`,
  `\x1b]0;title\x07`,
  `\x9b2J`,
  `\u202e${forged}`,
  `\u2066${forged}\u2069`,
  `\x0b\x0c\b\0`,
];

/** Where a text from outside may stand in an event. */
const places: Readonly<Record<string, (text: string) => LogEvent>> = {
  "a value in the message": (text) => eventOf((log) => log.warn("Login of {User} failed", { User: text })),
  "a value beside the message": (text) => eventOf((log) => log.warn("Login failed", { User: text })),
  "a value within a value": (text) => eventOf((log) => log.warn("Login of {User} failed", { User: { Name: [text] } })),
  "a name": (text) => eventOf((log) => log.warn("Login failed", { [`User${text}`]: 1 })),
  "the template": (text) => eventOf((log) => log.warn(`Login failed${text}`)),
  "the name of the logger": (text) => eventOf((log) => log.warn("Login failed"), `login${text}`),
  "the message of an error": (text) => eventOf((log) => log.error(new Error(`No user${text}`), "Login failed")),
  "a field of an error": (text) => eventOf((log) => log.error(Object.assign(new Error("No user"), { detail: text }), "Login failed")),
  "the cause of an error": (text) => eventOf((log) => log.error(new Error("No user", { cause: text }), "Login failed")),
  "the stack of an error": (text) =>
    eventOf((log) => log.error(Object.assign(new Error("No user"), { stack: `Error: No user${text}` }), "Login failed")),
  "a text that was thrown": (text) => eventOf((log) => log.error(text as unknown as Error)),
  "the format of a hole": (text) => eventOf((log) => log.warn(`Login {At:'${text}'yyyy}`, { At: new Date(0) })),
};

function eventOf(write: (logger: ReturnType<typeof getLogger>) => void, name = "login"): LogEvent {
  const memory = new MemoryHandler();
  const logger = getLogger(name);
  using _ = logger.addHandler(memory);
  write(logger);
  return memory.events[0]!;
}

/** Every writer for people, as a function from an event to what it writes. */
function writeAll(event: LogEvent): ReadonlyMap<string, string> {
  using onConsole = hearConsole();
  using folder = new Folder();
  const written = new Map<string, string>();
  const through = (name: string, handler: Handler, formatter?: Formatter): void => {
    if (formatter !== undefined) handler.formatter = formatter;
    onConsole.heard.length = 0;
    handler.handle(event);
    written.set(name, onConsole.heard.map(({ text }) => text).join("\n"));
  };
  const own: Formatter = ({ message, exception = "" }) => `${message} ${exception}`;
  through("ConsoleHandler", new ConsoleHandler({ colour: false }));
  through("ConsoleHandler with a formatter of the program's", new ConsoleHandler({ colour: false }), own);
  through("StreamHandler", new StreamHandler());
  through("StreamHandler with a formatter of the program's", new StreamHandler(), own);
  through("StreamHandler with Python's formatter, indented", new StreamHandler(), pythonFormatter({ indentLines: true }));
  const file = new FileHandler({ filename: folder.at("app.log") });
  file.handle(event);
  void file.flush();
  written.set("FileHandler", folder.read("app.log").replace(/\n$/, ""));
  void file.close();
  return written;
}

for (const [place, make] of Object.entries(places)) {
  test(`${place} can begin no line and command no terminal, whoever writes it`, () => {
    for (const text of evil) {
      for (const [writer, shown] of writeAll(make(text))) {
        const hint = `${writer}: ${JSON.stringify(shown)}`;
        // deno-lint-ignore no-control-regex -- what a terminal obeys
        assert.doesNotMatch(shown, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/, hint);
        for (const line of shown.split("\n").slice(1)) assert.match(line, /^ {4}/, hint);
      }
    }
  });
}

test("textFormatter() colours its own parts, and no value", () => {
  const text = textFormatter(true)(places["a value in the message"]!("\x1b[31m"));
  assert.match(text, /Login of \\x1b\[31m failed$/);
  assert.ok(text.includes("\x1b[33mWARN \x1b[0m"));
});

test("a formatter of the program's may colour, and its line breaks are indented", () => {
  using onConsole = hearConsole();
  const handler = new ConsoleHandler();
  handler.formatter = ({ message }) => `\x1b[32m${message}\x1b[0m\nsecond line`;
  handler.handle(eventOf((log) => log.warn("Low")));
  assert.equal(onConsole.heard[0]!.text, "\x1b[32mLow\x1b[0m\n    second line");
});

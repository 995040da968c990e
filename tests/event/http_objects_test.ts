/** Objects of HTTP as data: no credential leaves the process, whatever shape it has, and no socket is logged. */

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { encodeClef, getLogger, MemoryHandler, withContext } from "../../mod.ts";

/** The line and the message of what is logged meanwhile. */
function lineOf(call: () => void): string {
  const memory = new MemoryHandler();
  using _ = getLogger("http").addHandler(memory);
  call();
  const [event] = memory.events;
  assert.ok(event !== undefined);
  return encodeClef(event) + event.message + (event.exception ?? "");
}
const log = getLogger("http");

const credentials: Readonly<Record<string, string>> = {
  ...{ authorization: "Bearer hidden-1", cookie: "a=hidden-2", "Set-Cookie": "a=hidden-3", "Proxy-Authorization": "hidden-4" },
  ...{ "x-auth-token": "hidden-5", "X-Access-Token": "hidden-6", "x-amz-security-token": "hidden-7", "x-csrf-token": "hidden-8" },
  ...{ "Ocp-Apim-Subscription-Key": "hidden-12", "x-functions-key": "hidden-13", "x-csrf": "hidden-14", "x-vault-token": "hidden-15" },
  ...{ "cf-access-jwt-assertion": "hidden-9", "X-Seq-ApiKey": "hidden-10", "x-api-key": "hidden-11" },
};
const pairs = Object.entries(credentials);
const shown = { accept: "shown", "user-agent": "shown" };

const shapes: readonly (readonly [name: string, value: unknown])[] = [
  ["a plain map", { ...credentials, ...shown }],
  ["objects with a name and a value", Object.entries({ ...credentials, ...shown }).map(([name, value]) => ({ name, value }))],
  ["a plain map of lists", Object.fromEntries(pairs.map(([name, value]) => [name, [value]]))],
  ["a Map", new Map(pairs)],
  ["a Map by other keys, too", new Map<unknown, unknown>([...pairs, [7, "shown"]])],
  ["fetch's Headers", new Headers(pairs.filter(([name]) => name !== "Set-Cookie"))],
  ["a flat list", ["accept", "shown", ...pairs.flat()]],
  ["a list of pairs", pairs],
  ["a raw text", `GET / HTTP/1.1\r\nAccept: shown\r\n${pairs.map((pair) => pair.join(": ")).join("\r\n")}\r\n\r\n`],
  ["options of a client", {
    method: "PUT",
    url: "https://u:hidden@h/a?access_token=hidden",
    headers: { ...credentials, apikey: "hidden" },
  }],
  ["a sub-map of other words", { requestHeaders: { session: "hidden", auth: "hidden" }, rawHeaders: ["Key", "hidden"] }],
  ["a login of axios", { url: "/a", headers: {}, auth: { username: "u", password: "hidden" } }],
  ["a URL's user part", new URL("https://u:hidden@h/?token=hidden")],
  ["a query", new URLSearchParams({ code: "hidden", api_key: "hidden", q: "shown" })],
  ["a Request", new Request("https://h/?sig=hidden", { headers: { authorization: "hidden" } })],
];
for (const [name, value] of shapes) {
  test(`credentials in ${name} are hidden`, () => {
    const calls: (() => void)[] = [
      () => log.warn("x", { Value: value }),
      () => log.warn("x {Value}", { Value: { in: [value] } }),
      () => log.warn("x", { Headers: value }),
      () => log.warn(Object.assign(new Error("x"), { details: value }), "x"),
      () => log.with({ Value: value }).warn("x"),
      () => withContext({ Value: value }, () => log.warn("x")),
      () => log.warn("{$Value}", { Value: [value] }),
    ];
    if (Object.getPrototypeOf(value) === Object.prototype) {
      calls.push(() => log.warn("x", value as object), () => log.warn("x", () => value));
    }
    for (const call of calls) assert.doesNotMatch(lineOf(call), /hidden/, String(call));
  });
}

test("what only looks like a credential is shown", () => {
  const line = lineOf(() =>
    log.warn("Baked {Cookie}", { Cookie: "shown-1", Basket: ["cookie", "shown-2"], TokenCount: 7, Session: "shown-3" })
  );
  for (const text of ["shown-1", "shown-2", "shown-3"]) assert.match(line, new RegExp(text));
});

test("Node's requests and responses are logged by method, URL, status and headers, with nothing of their sockets", async () => {
  const lines: string[] = [];
  const server = createServer((received: IncomingMessage, response: ServerResponse) => {
    response.setHeader("set-cookie", "a=hidden");
    response.setHeader("x-own", "shown");
    lines.push(lineOf(() => log.warn("x {Request}", { Request: received })), lineOf(() => log.warn("x", { Response: response })));
    lines.push(lineOf(() => log.warn("x", { Socket: received.socket })), lineOf(() => log.warn("x", { Raw: received.rawHeaders })));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const headers = { authorization: "Bearer hidden", cookie: "a=hidden", "x-shown": "shown" };
  await new Promise<void>((resolve, reject) => {
    const sent = request({ port, host: "127.0.0.1", path: "/a?token=hidden&b=shown", headers }, (answer) => {
      lines.push(
        lineOf(() => log.warn("x", { Answer: answer })),
        lineOf(() => log.error(Object.assign(new Error("x"), { request: sent }))),
      );
      answer.resume().on("end", resolve);
    });
    sent.on("error", reject).end();
  });
  await new Promise((resolve) => server.close(resolve));
  for (const line of lines) {
    assert.doesNotMatch(line, /hidden/);
    assert.ok(line.length < 5000, `${line.length}: ${line.slice(0, 300)}`);
  }
  assert.match(lines[0]!, /"method":"GET","url":"\/a\?token=\*\*\*&b=shown"/);
  assert.match(lines[0]!, /"x-shown":"shown"/);
  assert.match(lines[1]!, /"x-own":"shown"/);
  assert.match(lines[4]!, /"statusCode":200/);
});

test("an error of axios says what was asked and answered, once, without its machinery", () => {
  const config = {
    method: "post",
    url: "/login",
    baseURL: "https://h",
    data: "hidden",
    transformRequest: [() => 1],
    headers: { Authorization: "hidden" },
  };
  const request = Object.assign(new EventEmitter(), { _header: "POST /login HTTP/1.1\r\nAuthorization: hidden\r\n\r\n" });
  const response = {
    status: 401,
    statusText: "Unauthorized",
    headers: { "set-cookie": ["hidden"] },
    config,
    request,
    data: { reason: "shown" },
  };
  const error = Object.assign(new Error("Request failed with status code 401"), {
    ...{ name: "AxiosError", isAxiosError: true, code: "ERR_BAD_REQUEST", config, request, response },
  });
  for (const call of [() => log.error(error, "x"), () => log.error("x", { err: error }), () => log.error("x {Error}", { Error: error })]) {
    const line = lineOf(call);
    assert.doesNotMatch(line, /hidden/);
    assert.match(line, /shown/);
    assert.match(line, /ERR_BAD_REQUEST/);
    assert.match(line, /\/login/);
    assert.doesNotMatch(line, /transformRequest/);
  }
});

test("an emitter is named by its class, and one with toJSON by what that says", () => {
  class Feed extends EventEmitter {
    readonly secret = "hidden";
  }
  class Order extends Feed {
    toJSON(): object {
      return { id: 7 };
    }
  }
  assert.match(lineOf(() => log.warn("x", { Feed: new Feed() })), /"Feed":"\[Feed\]"/);
  assert.match(lineOf(() => log.warn("x", { Order: new Order() })), /"Order":\{"id":7\}/);
});

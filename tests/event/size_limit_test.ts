/** Events above the limit: a real error of axios with a large reply among them. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { encodeClef, flush, getLogger, type LogEvent, MemoryHandler } from "../../mod.ts";
import { durableQueue } from "../../src/durable/durable_queue.ts";
import { bytesOf, cutFields } from "../../src/event/size_limit.ts";
import { relayEvents } from "../../src/relay/relay_events.ts";
import { Folder } from "../support/folder.ts";
import { range, ship, type Shipping } from "../support/shipping.ts";

/** What a handler is given. */
function eventOf(log: (logger: ReturnType<typeof getLogger>) => void): LogEvent {
  const memory = new MemoryHandler();
  using _ = getLogger("limit").addHandler(memory);
  log(getLogger("limit"));
  return memory.events[0]!;
}

test("encodeClef() cuts the largest values of an event that is too large, and keeps all else", () => {
  const event = eventOf((log) =>
    log.error(new TypeError("no paper"), "Printing {File} failed", {
      File: "a.pdf",
      User: 7,
      Body: "x".repeat(60_000),
      Rows: Array(900).fill("row"),
    })
  );
  const line = encodeClef(event, { eventBodyLimitBytes: 5000, properties: { Application: "shop" } });
  assert.ok(bytesOf(line) <= 5000 && bytesOf(line) > 4500, `${bytesOf(line)} bytes`);
  const clef = JSON.parse(line);
  assert.deepEqual([clef["@mt"], clef["@l"], clef.File, clef.User, clef.Application], [
    "Printing {File} failed",
    "Error",
    "a.pdf",
    7,
    "shop",
  ]);
  assert.match(clef["@x"], /^TypeError: no paper\n {4}at /);
  assert.match(clef.Body, /^x{500,}… \[Cut: 60000 characters\]$/);
  assert.match(clef.Rows.at(-1), /^\[Cut: \d+ more\]$/);
  assert.equal(clef.Rows[0], "row");
});

test("encodeClef() keeps the small fields of an object whose large field is cut", () => {
  const error = Object.assign(new Error("Request failed"), { code: "E502", response: { status: 502, data: "<p>".repeat(15_000) } });
  const event = eventOf((log) => log.error("Sending {File} failed", { err: error, File: "b" }));
  const line = encodeClef(event, { eventBodyLimitBytes: 20_000 });
  const { err, "@x": text, File } = JSON.parse(line);
  assert.ok(bytesOf(line) <= 20_000);
  assert.deepEqual([File, err.code, err.response.status], ["b", "E502", 502]);
  assert.match(err.response.data, /^(<p>){3000,}.*Cut: 45000 characters\]$/);
  assert.match(text, /^Error: Request failed\n/);
  assert.ok(!text.includes("E502"), "its fields are written once");
});

test("cutFields() keeps within the bytes, its own fields first, then the small ones, and says how many are missing", () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`€${i}`, i % 2 === 0 ? i : "\u0001".repeat(i)]));
  for (const room of [1000, 2000, 5000, 10_000]) {
    const inside = cutFields({ ...many, "@mt": "t".repeat(99), a: 1 }, room);
    assert.ok(bytesOf(inside) <= room, `${bytesOf(inside)} of ${room}`);
    const fields = JSON.parse(`{${inside}}`);
    assert.equal(fields.a, 1);
    assert.match(fields["@mt"], /^t/);
    const cut = /^\[Cut: (\d+) more\]$/.exec(fields["…"] ?? "[Cut: 0 more]")!;
    assert.equal(Object.keys(fields).length - (fields["…"] ? 1 : 0) + Number(cut[1]), 502);
  }
});

test("a text that was cut before still says how long it was", () => {
  assert.match(cutFields({ a: `${"x".repeat(999)}… [Cut: 70000 characters]` }, 300), /x… \[Cut: 70000 characters\]"$/);
});

/** What axios throws where a server refuses with a reply of so many characters. */
async function axiosError(length: number): Promise<Error> {
  const axios = (await import(`${"axios"}`)).default as { get(url: string): Promise<unknown> }; // its types need more than the check loads
  const server = createServer((_, response) => response.writeHead(502).end("<p>gone</p>".repeat(length / 11)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await axios.get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`).then(() => assert.fail(), (error) => error);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("an error of axios with a large reply keeps template, properties, reply and stack, within the limit or cut to it", async () => {
  const error = await axiosError(44_000);
  const calls = [
    (log: ReturnType<typeof getLogger>) => log.error("Sending {File} failed", { err: error, File: "b", User: 7 }),
    (log: ReturnType<typeof getLogger>) => log.error(error, "Sending {File} failed", { File: "b", User: 7 }),
  ];
  for (const call of calls) {
    const event = eventOf(call);
    for (const eventBodyLimitBytes of [200_000, 20_000]) {
      const line = encodeClef(event, { eventBodyLimitBytes });
      assert.ok(bytesOf(line) <= eventBodyLimitBytes);
      const { "@mt": template, "@x": text, File, User, err } = JSON.parse(line);
      assert.deepEqual([template, File, User], ["Sending {File} failed", "b", 7]);
      assert.match(text, /^AxiosError: Request failed with status code 502\n +at /);
      assert.equal(line.split("ERR_BAD_RESPONSE").length, 2, "each field is there once");
      if (err === undefined) continue;
      assert.equal(err.status, 502);
      assert.match(
        err.response.data,
        eventBodyLimitBytes < 44_000 ? /^(<p>gone<\/p>){500,}.*Cut: \d+ characters\]$/ : /^(<p>gone<\/p>){4000}$/,
      );
    }
  }
});

const body = "x".repeat(60_000);

/** Logs three events to a Seq, the second of which is large: by the program, or by a page through the relay. */
const ways: Readonly<Record<string, (seq: Shipping) => Promise<void>>> = {
  "the program": (seq) => {
    seq.log();
    seq.log(1, { Body: body });
    seq.log();
    return Promise.resolve();
  },
  "a page": async () => {
    const relay = relayEvents({ logger: "shipping", clientAddress: () => "192.0.2.1" });
    const line = (fields: object): string => JSON.stringify({ "@t": new Date().toISOString(), "@mt": "Event {N}", ...fields });
    const lines = [line({ N: 1 }), line({ N: 2, Body: body }), line({ N: 3 })].join("\n");
    const headers = { origin: "https://shop.test" };
    const { status } = await relay(new Request("https://shop.test/seq", { method: "POST", body: lines, headers }));
    assert.equal(status, 201);
  },
};

for (const [who, log] of Object.entries(ways)) {
  for (const kind of ["in memory", "on disk"]) {
    test(`a large event of ${who} that waits ${kind} is cut to the limit, or is given up alone where the server answers 413 to it`, {
      timeout: 60_000,
    }, async () => {
      for (const eventBodyLimitBytes of [20_000, 200_000]) {
        using folder = new Folder();
        const queue = kind === "on disk" ? durableQueue({ path: folder.path }) : undefined;
        await using seq = await ship({ eventBodyLimitBytes, queue }, { maxPayloadBytes: 20_500 });
        await log(seq);
        await flush();
        const fits = eventBodyLimitBytes < 20_500;
        assert.deepEqual(seq.numbers, fits ? range(1, 3) : [1, 3]);
        assert.deepEqual(seq.seq.stats().lost, fits ? {} : { rejected: 1 });
        if (!fits) continue;
        const { Body } = seq.collector.events[1]!.properties;
        assert.match(String(Body), /^x{10000,}… \[Cut: 60000 characters\]$/);
      }
    });
  }
}

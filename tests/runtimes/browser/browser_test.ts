/** Logging from pages in Chromium: which events arrive when a page is used, hidden and left, and the reports. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import {
  bundlePage,
  type ForeignSeq,
  type ForeignSeqOptions,
  noBrowser,
  type Page,
  serveForeignSeq,
  serveSite,
  startBrowser,
} from "../../support/browser.ts";
import { range } from "../../support/shipping.ts";
import { deadUrl, unusedPort } from "../../support/unused_port.ts";

const options = { skip: noBrowser, timeout: 600_000 };
/** What a browser lets a page that ends send. */
const budgetBytes = 65_536;

declare const seqlog: typeof import("../../../mod.ts");
declare const told: string[];
declare const document: {
  readonly visibilityState: string;
  readonly location: { href: string };
  readonly head: { append(element: object): void };
  createElement(name: string): object;
  dispatchEvent(event: Event): void;
};

let browser: Awaited<ReturnType<typeof startBrowser>>;
let site: Awaited<ReturnType<typeof serveSite>>;

before(async () => {
  if (noBrowser) return;
  const html = (script: string): string =>
    `<!doctype html><title>page</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
  site = await serveSite({
    "/": html("page.js"),
    "/away": "<!doctype html><title>away</title>",
    "/page.js": await bundlePage("tests/runtimes/browser/page.ts"),
    "/worker.js": await bundlePage("tests/runtimes/browser/worker.ts"),
    "/throws.js": "throw 'only text';",
    "/example/": readFileSync(new URL("../../../examples/browser/index.html", import.meta.url), "utf8"),
    "/example/page.js": await bundlePage("examples/browser/page.ts"),
  });
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await site?.[Symbol.asyncDispose]();
});

/** A page, the Seq that it logs to, and what is seen of it. */
interface Visit {
  readonly seq: ForeignSeq;
  readonly page: Page;
  /** What stands on its console. */
  readonly console: string[];
  /** The uncaught errors. */
  readonly errors: string[];
  readonly home: string;
  readonly away: string;
}

async function visit(act: (visit: Visit) => Promise<void>, seqOptions: ForeignSeqOptions = {}, own = browser): Promise<void> {
  const seq = await serveForeignSeq(seqOptions);
  const context = await own.newContext();
  const home = `http://127.0.0.1:${site.port}/`;
  try {
    const page = await context.newPage();
    const console: string[] = [];
    const errors: string[] = [];
    page.on("console", (said) => console.push(said.text()));
    page.on("pageerror", ({ message }) => errors.push(message));
    await page.goto(home);
    await page.waitForFunction(() => "seqlog" in globalThis);
    await act({ seq, page, console, errors, home, away: `${home}away` });
  } finally {
    seq.release();
    await context.close();
    await seq[Symbol.asyncDispose]();
  }
}

/** Configures the page with a period that no test outlasts, and has its first event delivered; what is logged from then on waits. */
async function begin({ page, seq }: Visit): Promise<void> {
  await page.evaluate(async (serverUrl) => {
    seqlog.configure({ serverUrl, apiKey: "key", periodMs: 600_000, properties: { Application: "page" } });
    seqlog.getLogger("page").info("Event {N}", { N: 0 });
    await seqlog.flush();
  }, seq.url);
}

/** Logs the events from one number to another, each so many bytes long. */
function log({ page }: Visit, from: number, to: number, bytes = 0): Promise<void> {
  return page.evaluate(([from, to, bytes]) => {
    for (let n = from!; n <= to!; n++) seqlog.getLogger("page").info("Event {N}", { N: n, Text: "x".repeat(bytes!) });
  }, [from, to, bytes]);
}

/** Logs and leaves in one task; back when the next page is there. */
async function logAndLeave({ page, away }: Visit, from: number, to: number, bytes = 0): Promise<void> {
  await page.evaluate(([from, to, bytes, away]) => {
    for (let n = from as number; n <= (to as number); n++) {
      seqlog.getLogger("page").info("Event {N}", { N: n, Text: "x".repeat(bytes as number) });
    }
    document.location.href = away as string;
  }, [from, to, bytes, away]);
  await page.waitForURL(away);
}

/** Hides the page as another tab would: Chromium without a head never does. */
const hide = ({ page }: Visit): Promise<void> =>
  page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  });

const diagnostics = ({ page }: Visit): Promise<string[]> => page.evaluate(() => told);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** The events from the first on, none of them twice, as many as fit into one budget. */
function assertFirstBudget({ seq }: Visit, first: number): void {
  const numbers = seq.numbers.filter((n) => n >= first);
  assert.deepEqual(numbers, range(first, first + numbers.length - 1));
  const bytes = sum(seq.sizes.slice(1));
  assert.ok(bytes <= budgetBytes && bytes > budgetBytes - 2500, `${bytes} bytes`);
}

test("a page logs to a Seq of another origin, with an API key", options, async () => {
  await visit(async (visit) => {
    const { page, seq, console, errors } = visit;
    await page.evaluate((serverUrl) => {
      seqlog.configure({ serverUrl, apiKey: "key", properties: { Application: "page" } });
      seqlog.getLogger("shop").warn("{Left} items left", { Left: 3, N: 1 });
      seqlog.getLogger("shop").error(new Error("No paper"), "Page {N} failed", { N: 2 });
    }, seq.url);
    const [first, second] = await seq.collector.until(2);
    assert.deepEqual(
      [first!.message, first!.level, first!.properties],
      ["3 items left", "Warning", { Left: 3, N: 1, Application: "page", SourceContext: "shop" }],
    );
    assert.match(second!.exception ?? "", /^Error: No paper\n.*evaluate/s);
    const posts = seq.collector.requests.filter(({ method }) => method === "POST");
    assert.deepEqual(posts.map(({ path, query, apiKey }) => path + query + apiKey), ["/api/events/raw?clefkey"]);
    assert.deepEqual({ console, errors }, { console: [], errors: [] });
  }, { apiKeys: ["key"], corsOnIngest: false });
});

test("10 000 events that a page logs at once arrive once each, in order", options, async () => {
  await visit(async (visit) => {
    await begin(visit);
    await log(visit, 1, 10_000);
    await visit.page.evaluate(() => seqlog.flush());
    assert.deepEqual(visit.seq.numbers, range(0, 10_000));
    assert.deepEqual(await diagnostics(visit), []);
  });
});

test("what waits arrives when the page is left for another", options, async () => {
  await visit(async (visit) => {
    await begin(visit);
    await logAndLeave(visit, 1, 20);
    await visit.seq.collector.until(21);
    assert.deepEqual(visit.seq.numbers, range(0, 20));
  });
});

test("what others log when the page is left arrives as well", options, async () => {
  await visit(async (visit) => {
    await begin(visit);
    await visit.page.evaluate(() => {
      addEventListener("pagehide", () => seqlog.getLogger("page").info("Event {N}", { N: 2 }));
      addEventListener("visibilitychange", () => seqlog.getLogger("page").info("Event {N}", { N: 3 }));
    });
    await logAndLeave(visit, 1, 1);
    await visit.seq.collector.until(4);
    assert.deepEqual(visit.seq.numbers.toSorted(), range(0, 3));
  });
});

test("what waits arrives when the tab is closed", options, async () => {
  await visit(async (visit) => {
    await begin(visit);
    await log(visit, 1, 20);
    await visit.page.close({ runBeforeUnload: true });
    await visit.seq.collector.until(21);
    assert.deepEqual(visit.seq.numbers, range(0, 20));
  });
});

test("what waits is sent when the tab is hidden, and the page continues", options, async () => {
  await visit(async (visit) => {
    await begin(visit);
    await log(visit, 1, 20);
    await hide(visit);
    await visit.seq.collector.until(21);
    await log(visit, 21, 30);
    await visit.page.evaluate(() => seqlog.flush());
    assert.deepEqual(visit.seq.numbers, range(0, 30));
  });
});

test("events survive a preflight that is still under way when the page is gone", options, async () => {
  await visit(async (visit) => {
    const { page, seq } = visit;
    const held = seq.hold();
    await page.evaluate((serverUrl) => seqlog.configure({ serverUrl, apiKey: "key" }), seq.url);
    await log(visit, 1, 1); // its request begins at once
    await held;
    await logAndLeave(visit, 2, 20); // these begin while it is under way
    seq.release();
    await seq.collector.until(20);
    assert.deepEqual(seq.numbers.toSorted((a, b) => a - b), range(1, 20));
    assert.equal(seq.sizes.length, 2);
  });
});

test("of more than a page may send when it is left, the oldest arrive, and the rest is reported", options, async () => {
  await visit(async (visit) => {
    await begin(visit);
    await logAndLeave(visit, 1, 200, 1024);
    await visit.seq.collector.untilRequests(({ method, bytes }) => method === "POST" && bytes > 1024);
    assertFirstBudget(visit, 1);
    const arrived = visit.seq.numbers.length - 1;
    const said = await visit.page.evaluate(() => localStorage.getItem("left"));
    assert.equal(said, `${200 - arrived} events may be lost, because the page was left before they could be sent`);
  });
});

test(
  "of more than a page may send when it is hidden, all arrive in order while it lives, in requests that outlive it",
  options,
  async () => {
    await visit(async (visit) => {
      await begin(visit);
      await log(visit, 1, 200, 1024);
      await hide(visit);
      await visit.seq.collector.until(201);
      assert.deepEqual(visit.seq.numbers, range(0, 200));
      assert.ok(visit.seq.sizes.every((size) => size <= budgetBytes), String(visit.seq.sizes));
      assert.ok(visit.seq.sizes.length <= 6, String(visit.seq.sizes));
      assert.deepEqual(await diagnostics(visit), []);
    });
  },
);

test(
  "a request that is too large to outlive the page is under way when that is left: the oldest of its events arrive",
  options,
  async () => {
    await visit(async (visit) => {
      const { page, seq } = visit;
      await begin(visit);
      const asked = seq.hold();
      await page.evaluate((serverUrl) => seqlog.configure({ serverUrl, headers: { "x-other": "asks again" } }), seq.url);
      await log(visit, 1, 300, 1024);
      void page.evaluate(() => void seqlog.flush());
      await asked;
      await logAndLeave(visit, 301, 301);
      seq.release();
      await seq.collector.untilRequests(({ method, bytes }) => method === "POST" && bytes > 1024);
      assertFirstBudget(visit, 1);
    });
  },
);

test("a page that is restored continues to log", options, async () => {
  const own = await startBrowser({ restoresPages: true });
  try {
    await visit(
      async (visit) => {
        const { page, seq, away, errors } = visit;
        await begin(visit);
        await page.evaluate(() => {
          addEventListener("pageshow", ({ persisted }: Event & { persisted?: boolean }) => {
            if (persisted) seqlog.getLogger("page").info("Event {N}", { N: 4 });
          });
        });
        await log(visit, 1, 3);
        await page.goto(away);
        await seq.collector.until(4);
        await page.goBack({ waitUntil: "commit" });
        await page.waitForFunction(() => "seqlog" in globalThis);
        await log(visit, 5, 6);
        await page.evaluate(() => seqlog.flush());
        assert.deepEqual(seq.numbers, range(0, 6));
        assert.deepEqual([await diagnostics(visit), errors], [[], []]);
      },
      {},
      own,
    );
  } finally {
    await own.close();
  }
});

test("three handlers share what a page may send when it is left", options, async () => {
  const other = await serveForeignSeq();
  const third = await serveForeignSeq();
  try {
    await visit(async (visit) => {
      const { page, seq } = visit;
      await begin(visit);
      await page.evaluate(async (urls) => {
        for (const serverUrl of urls) seqlog.getLogger("page").addHandler(new seqlog.SeqHandler({ serverUrl, periodMs: 600_000 }));
        seqlog.getLogger("page").info("Event {N}", { N: 0 });
        await seqlog.flush();
      }, [other.url, third.url]);
      await logAndLeave(visit, 1, 100, 1024);
      for (const { collector } of [seq, other, third]) {
        await collector.untilRequests(({ method, bytes }) => method === "POST" && bytes > 1024);
      }
      const bytes = [seq, other, third].map(({ sizes }) => sizes.at(-1)!);
      assert.ok(sum(bytes) <= budgetBytes, String(bytes));
      assert.ok(bytes.every((one) => one > budgetBytes / 3 - 2500), String(bytes));
    });
  } finally {
    await other[Symbol.asyncDispose]();
    await third[Symbol.asyncDispose]();
  }
});

test("a page whose others have used up the room delivers nevertheless", options, async () => {
  await visit(async (visit) => {
    const { page, seq } = visit;
    await begin(visit);
    await page.evaluate((serverUrl) => seqlog.configure({ serverUrl, apiKey: "key", minBackoffMs: 10, maxBackoffMs: 20 }), seq.url);
    seq.collector.fail({ hang: true });
    const hangs = seq.collector.untilRequests(({ bytes }) => bytes === 60_000);
    await page.evaluate(({ url, text }) => void fetch(`${url}/api/events/raw?clef`, { method: "POST", body: text, keepalive: true }), {
      url: seq.url,
      text: "x".repeat(60_000),
    });
    await hangs;
    await log(visit, 1, 20, 1024);
    await page.evaluate(() => seqlog.flush());
    assert.deepEqual(seq.numbers, range(0, 20));
    assert.deepEqual(await diagnostics(visit), []);
  });
});

test("a page whose Seq is down works on, reports it once, and delivers when Seq is up", options, async () => {
  const port = await unusedPort();
  await visit(async (visit) => {
    const { page, errors } = visit;
    await page.evaluate((serverUrl) => seqlog.configure({ serverUrl, minBackoffMs: 10, maxBackoffMs: 50 }), `http://127.0.0.1:${port}`);
    await log(visit, 1, 3);
    await page.waitForFunction(() => seqlog.stats().seq!.retries > 3);
    assert.deepEqual(await diagnostics(visit), ["unreachable"]);
    const up = await serveForeignSeq({ port });
    try {
      await up.collector.until(3);
      assert.deepEqual(up.numbers, range(1, 3));
      await page.waitForFunction(() => told.length > 1);
      assert.deepEqual([await diagnostics(visit), errors], [["unreachable", "recovered"], []]);
    } finally {
      await up[Symbol.asyncDispose]();
    }
  });
});

test("a Seq that is down is tried once more when the page is hidden, and no error reaches the page", options, async () => {
  const down = await deadUrl();
  await visit(async (visit) => {
    const { page, errors } = visit;
    await page.evaluate((serverUrl) => seqlog.configure({ serverUrl, minBackoffMs: 60_000 }), down);
    await log(visit, 1, 3);
    await page.waitForFunction(() => seqlog.stats().seq!.retries === 1);
    await hide(visit);
    await page.waitForFunction(() => seqlog.stats().seq!.retries === 2);
    await log(visit, 4, 4);
    assert.equal(await page.evaluate(() => seqlog.stats().seq!.retries), 2);
    assert.deepEqual(errors, []);
  });
});

test("a Seq that allows no page of another origin is reported with a hint at CORS", options, async () => {
  await visit(async (visit) => {
    const { page, seq, errors } = visit;
    await page.evaluate((serverUrl) => seqlog.configure({ serverUrl }), seq.url);
    await log(visit, 1, 1);
    await page.waitForFunction(() => told.length > 0);
    assert.match(visit.console.find((line) => line.startsWith("unreachable")) ?? "", /that it allows requests of this page \(CORS\)/);
    assert.deepEqual([await diagnostics(visit), errors], [["unreachable"], []]);
  }, { isMute: true });
});

test("a key that Seq refuses is reported as such in a page", options, async () => {
  await visit(async (visit) => {
    await visit.page.evaluate((serverUrl) => seqlog.configure({ serverUrl, apiKey: "wrong" }), visit.seq.url);
    await log(visit, 1, 1);
    await visit.page.waitForFunction(() => told.length > 0);
    assert.deepEqual(await diagnostics(visit), ["refused"]);
  }, { apiKeys: ["right"] });
});

test("handleUncaught logs the errors and rejections of a page, which continues; shutdown() ends it", options, async () => {
  await visit(async (visit) => {
    const { page, seq, errors, home } = visit;
    const late = await page.evaluate(async (serverUrl) => {
      const heard = (type: string): Promise<unknown> => new Promise((done) => addEventListener(type, done));
      const raise = (error: Error): Promise<unknown> => {
        setTimeout(() => {
          throw error;
        });
        return heard("error");
      };
      const run = (script: string): Promise<unknown> => {
        document.head.append(Object.assign(document.createElement("script"), { src: script }));
        return heard("error");
      };
      seqlog.configure({ serverUrl, handleUncaught: true });
      await raise(new TypeError("No paper"));
      await run("throws.js");
      Promise.reject(new Error("No ink"));
      await heard("unhandledrejection");
      await run(`http://localhost:${location.port}/throws.js`);
      const handled = Object.assign(new Event("error", { cancelable: true }), { error: new Error("Handled") });
      handled.preventDefault();
      dispatchEvent(handled); // as one whose default an earlier listener has prevented
      await seqlog.shutdown();
      const memory = new seqlog.MemoryHandler();
      seqlog.getLogger().addHandler(memory);
      await raise(new Error("After the end"));
      return memory.events.length;
    }, seq.url);
    assert.deepEqual(seq.collector.events.map(({ level, message }) => [level, message]), [
      ["Error", "Uncaught exception: TypeError: No paper"],
      ["Error", "Uncaught exception: Uncaught only text"],
      ["Error", "Uncaught rejection: Error: No ink"],
      ["Error", "Uncaught exception: Script error."],
    ]);
    const [first, second] = seq.collector.events;
    assert.match(first!.exception ?? "", /^TypeError: No paper\n/);
    assert.deepEqual(
      second!.properties,
      { Origin: "exception", Message: "Uncaught only text", File: `${home}throws.js`, Line: 1, Column: 1, SourceContext: "page" },
    );
    assert.deepEqual(await diagnostics(visit), []);
    assert.equal(late, 0);
    assert.equal(errors.length, 5, "the browser tells of all of them as well");
  });
});

test("a Web Worker logs, and its errors are logged", options, async () => {
  await visit(async ({ page, seq }) => {
    await page.evaluate((seq) => {
      const { Worker } = globalThis as unknown as { Worker: new (url: string, options: object) => unknown };
      new Worker(`worker.js?seq=${encodeURIComponent(seq)}`, { type: "module" });
    }, seq.url);
    await seq.collector.until(2);
    assert.deepEqual(seq.collector.events.map(({ message }) => message), ["Worker 1", "Uncaught exception: Error: No paper"]);
    assert.match(seq.collector.events[1]!.exception ?? "", /^Error: No paper\n/);
  });
});

test("a memory handler keeps what a page logs", options, async () => {
  await visit(async ({ page }) => {
    const messages = await page.evaluate(() => {
      const memory = new seqlog.MemoryHandler();
      const added = seqlog.getLogger("page").addHandler(memory);
      seqlog.getLogger("page").error("Order {Id} is late", { Id: 42 });
      added[Symbol.dispose]();
      return memory.events.map(({ message }) => message);
    });
    assert.deepEqual(messages, ["Order 42 is late"]);
  });
});

test("examples/browser logs when it is opened, used and left", options, async () => {
  await visit(async ({ page, seq, home, away, errors }) => {
    await page.goto(`${home}example/?seq=${encodeURIComponent(seq.url)}`);
    await page.click("button");
    await page.goto(away);
    await seq.collector.until(3);
    assert.deepEqual(seq.collector.events.map(({ message }) => message).toSorted(), [
      "Order 42 sent",
      "Page /example/ left",
      "Page /example/ opened",
    ]);
    assert.deepEqual(errors, []);
  });
});

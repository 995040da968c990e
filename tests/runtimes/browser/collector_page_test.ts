/** The collector's page in Chromium. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { noBrowser, type Page, serveSite, startBrowser } from "../../support/browser.ts";
import { type RunningCollector, serveCollector } from "../../support/collector.ts";

const options = { skip: noBrowser, timeout: 600_000 };

/** What is used of the page's document. */
interface Element {
  readonly textContent: string;
  readonly hidden: boolean;
  readonly value: string;
  readonly title: string;
  readonly className: string;
  readonly id: string;
  readonly children: ArrayLike<unknown>;
  readonly style: { readonly height: string; readonly width: string; readonly left: string };
  scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<Element>;
}
declare const document: {
  readonly activeElement: Element | null;
  getElementById(id: string): Element;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
};
declare const navigator: { readonly clipboard: { readText(): Promise<string> } };
declare const location: { readonly search: string };
declare const requestAnimationFrame: (act: () => void) => void;

let browser: Awaited<ReturnType<typeof startBrowser>>;
before(async () => {
  if (!noBrowser) browser = await startBrowser();
});
after(() => browser?.close());

type Context = Awaited<ReturnType<typeof browser.newContext>>;

/** A browser's window of its own, in which whatever is waited for may take as long as the test. */
async function newContext(): Promise<Context> {
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"], colorScheme: "dark" });
  context.setDefaultTimeout(0);
  return context;
}

/** A page, and the collector that it shows. */
interface Visit {
  readonly seq: RunningCollector;
  readonly page: Page;
  readonly context: Context;
  /** The lines on its console, and the uncaught errors. */
  readonly heard: string[];
}

let second = 0;
/** Sends events, a second apart. */
async function send(seq: RunningCollector, ...events: readonly object[]): Promise<void> {
  const lines = events.map((event) => JSON.stringify({ "@t": new Date(Date.UTC(2026, 2, 1, 10, 0, second++)).toISOString(), ...event }));
  const reply = await fetch(`${seq.url}/ingest/clef`, { method: "POST", body: lines.join("\n") });
  assert.equal(reply.status, 201, await reply.text());
}

async function visit(events: readonly object[], act: (visit: Visit) => Promise<void>, path = "/"): Promise<void> {
  await using seq = await serveCollector({ port: 0 });
  if (events.length > 0) await send(seq, ...events);
  const context = await newContext();
  try {
    const page = await context.newPage();
    const heard: string[] = [];
    page.on("console", (said) => heard.push(said.text()));
    page.on("pageerror", ({ message }) => heard.push(message));
    await page.goto(seq.url + path);
    await shows(page, events.length);
    await act({ seq, page, context, heard });
    assert.deepEqual(heard.filter((said) => !said.includes("status of 400")), []);
  } finally {
    await context.close();
  }
}

/** Waits until so many events are there. */
async function shows(page: Page, count: number): Promise<void> {
  const wanted = `${count.toLocaleString("en")} event${count === 1 ? "" : "s"}`;
  await page.waitForFunction((text) => {
    const said = document.getElementById("count").textContent;
    return said === text || said === `${text} found`;
  }, wanted);
}

async function filterBy(page: Page, filter: string, count: number): Promise<void> {
  await page.fill("#filter", filter);
  await page.keyboard.press("Enter");
  await shows(page, count);
}

/** The messages of the rows, in their order: the elements stand in any. */
const messages = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll(".row:not([hidden])")]
      .toSorted((a, b) => Number(a.getAttribute("aria-posinset")) - Number(b.getAttribute("aria-posinset")))
      .map((row) => [...row.querySelectorAll(".message")][0]!.textContent)
  );
const textOf = (page: Page, selector: string): Promise<string> =>
  page.evaluate((one) => document.querySelector(one)?.textContent ?? "", selector);

test("the page shows events as they arrive, and nothing of them as HTML", options, async () => {
  const evil = "<img src=x onerror=\"document.title='evil'\"><script>document.title='evil'</script>";
  await visit([{ "@mt": "First {Name}", Name: "one" }], async ({ seq, page }) => {
    assert.deepEqual(await messages(page), ["First one"]);
    await send(seq, { "@mt": `${evil} {X}`, X: evil, [evil]: { [evil]: evil }, "@x": `Error: ${evil}`, "@l": evil, SourceContext: evil });
    await shows(page, 2);
    assert.deepEqual(await messages(page), ["First one", `${evil} ${evil}`]);
    await page.keyboard.press("k");
    await page.waitForFunction(() => document.querySelector("#panel h2") !== null);
    for (const tab of ["templates", "slowest", "trace"]) await page.click(`#tab-${tab}`);
    assert.equal(await page.evaluate(() => [...document.querySelectorAll("img, main script")].length), 0);
    assert.equal(await textOf(page, "title"), "Collector");
  });
});

test("a filter shows what passes, says where it goes wrong, and is remembered", options, async () => {
  const events = [{ "@mt": "A", StatusCode: 200 }, { "@mt": "B", StatusCode: 503, "@l": "Error" }, {
    "@mt": "C",
    StatusCode: 500,
    "@l": "Error",
  }];
  await visit(events, async ({ seq, page }) => {
    await page.keyboard.press("/");
    await filterBy(page, "StatusCode >= 500", 2);
    assert.deepEqual(await messages(page), ["B", "C"]);
    await send(seq, { "@mt": "D", StatusCode: 200 }, { "@mt": "E", StatusCode: 502 });
    await shows(page, 3);
    await page.fill("#filter", "StatusCode == 500");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => !document.getElementById("problem").hidden);
    assert.match(
      await textOf(page, "#problem"),
      /^Cannot read the filter at character 12: equality is written =StatusCode == 500\n {11}▲Apply StatusCode = 500/,
    );
    assert.deepEqual(await messages(page), ["B", "C", "E"]);
    await page.click("#problem button");
    await shows(page, 1);
    await filterBy(page, "StatusCode >= 500", 3);
    await page.fill("#filter", "");
    await page.keyboard.press("ArrowUp");
    assert.equal(await page.evaluate(() => document.getElementById("filter").value), "StatusCode >= 500");
    assert.equal(await page.evaluate(() => location.search), "?filter=StatusCode+%3E%3D+500");
    await page.click("#unfilter");
    await shows(page, 5);
    await page.click("#recent");
    await page.click("#history button");
    await shows(page, 3);
    await page.evaluate(() => {
      const select = document.getElementById("rank") as Element & { value: string; dispatchEvent(event: Event): void };
      (select as { value: string }).value = "4";
      select.dispatchEvent(new Event("change"));
    });
    await shows(page, 2);
    assert.match(await page.evaluate(() => location.search), /&rank=4$/);
  });
});

test("an event that was found is shown among those around it", options, async () => {
  const events = Array.from({ length: 3000 }, (_, i) => ({ "@mt": "Event {N}", N: i }));
  await visit(events, async ({ page }) => {
    await filterBy(page, "N = 700", 1);
    const isWhole = await page.evaluate(() =>
      document.getElementById("list").scrollHeight === document.getElementById("list").clientHeight
    );
    assert.ok(isWhole, "the list is as long as one row");
    await page.keyboard.press("Escape");
    await page.keyboard.press("k");
    await page.click('#panel button[title^="Shows all events"]');
    await shows(page, 3000);
    const seen = await messages(page);
    assert.ok(seen.includes("Event 699") && seen.includes("Event 701"), seen.join());
    assert.equal(await page.evaluate(() => document.querySelector('.row[aria-selected="true"] .message')?.textContent), "Event 700");
    await page.click("#follow");
    await page.waitForFunction(() =>
      [...document.querySelectorAll(".row .message")].some(({ textContent }) => textContent === "Event 2999")
    );
  });
});

test("a filter of the address is applied; one that cannot be read shows all events", options, async () => {
  const events = [{ "@mt": "A", N: 1 }];
  await visit(
    events,
    async ({ page }) => assert.equal(await page.evaluate(() => document.getElementById("filter").value), "N = 1"),
    "/?filter=N+%3D+1",
  );
  await visit(events, async ({ page }) => assert.match(await textOf(page, "#problem"), /^Cannot read the filter/), "/?filter=N+%3D%3D+1");
});

test("keys move, pause and copy; a value that is chosen filters", options, async () => {
  const line = { "@mt": "Order {Id} to {City}", Id: 2, City: "it's", User: { Name: "Ada", Deep: { List: [1, { A: true }] } } };
  await visit([{ "@mt": "One", City: "Oslo" }, line, { "@mt": "Three", City: "it's" }], async ({ seq, page }) => {
    for (const key of ["k", "k", "j", "k"]) await page.keyboard.press(key);
    await page.waitForFunction(() => document.querySelector("#panel h2")?.textContent === "Order 2 to it's");
    assert.equal(await page.evaluate(() => document.querySelector('.row[aria-selected="true"] .message')?.textContent), "Order 2 to it's");
    await page.keyboard.press("c");
    await page.waitForFunction(() => document.getElementById("said").textContent === "Copied the event as CLEF");
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    const { "@t": _time, ...rest } = JSON.parse(copied);
    assert.deepEqual(rest, line);
    await page.keyboard.press(" ");
    await send(seq, { "@mt": "Four", City: "it's" });
    await page.waitForFunction(() => document.getElementById("count").textContent === "3 events, 1 held back");
    await page.keyboard.press(" ");
    await shows(page, 4);
    await page.click("#panel button[title=\"Only events with City = 'it''s'\"]");
    await shows(page, 3);
    await page.click("#panel button[title=\"Only events with User.Name = 'Ada'\"]");
    await shows(page, 1);
    await page.click('#panel button[title="Only events with not Id = 2"]');
    await shows(page, 0);
    await page.click("#empty button");
    await shows(page, 4);
    assert.equal(await page.evaluate(() => document.getElementById("filter").value), "");
  });
});

test("the side panel finds the most frequent template, what took longest, and draws traces as bars", options, async () => {
  const [tr, t] = ["0af7651916cd43dd8448eb211c80319c", "2026-03-01T10:15:00"];
  const trace = [
    { "@t": `${t}.080Z`, "@st": `${t}.020Z`, "@mt": "Load", "@tr": tr, "@sp": "b7ad6b7169203332", "@ps": "b7ad6b7169203331" },
    { "@t": `${t}.050Z`, "@mt": "Loading", "@tr": tr, "@sp": "b7ad6b7169203332" },
    { "@t": `${t}.200Z`, "@st": `${t}.000Z`, "@mt": "GET /", "@tr": tr, "@sp": "b7ad6b7169203331" },
  ];
  await visit([{ "@mt": "Often {N}", N: 1, Elapsed: 90 }, { "@mt": "Often {N}", N: 2, Elapsed: 900 }, ...trace], async ({ page }) => {
    await page.click("#tab-templates");
    await page.waitForFunction(() => document.querySelector("#panel .item .what")?.textContent === "Often {N}");
    await page.click("#panel .item");
    await page.waitForFunction(() => document.querySelector("#panel h3")?.textContent.startsWith("1 template "));
    await page.click("#unfilter");
    await shows(page, 5);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.getElementById("side").hidden);
    await page.click("#details");
    await page.click("#tab-slowest");
    assert.deepEqual(
      await page.evaluate(() => [...document.querySelectorAll("#panel .item .number")].map(({ textContent }) => textContent)),
      [
        "900 ms",
        "200 ms",
        "90 ms",
        "60 ms",
      ],
    );
    await page.click("#tab-trace");
    await page.click("#panel .item");
    await page.waitForFunction(() => document.querySelector("#panel .lane") !== null);
    const bars = await page.evaluate(() =>
      [...document.querySelectorAll("#panel .item")].map((
        item,
      ) => [item.textContent, document.querySelector(`#panel .item .lane i`) !== null])
    );
    assert.deepEqual(bars, [["GET /200 ms", true], ["Load60 ms", true], ["· Loading+50 ms", true]]);
    await page.click("#panel .item >> nth=1");
    await page.waitForFunction(() => document.querySelector("#panel h2")?.textContent === "Load");
  });
});

test("the histogram counts by level, and a part of it is chosen", options, async () => {
  const at = (second: number): string => `2026-03-01T10:15:${second}Z`;
  await visit(
    [{ "@t": at(10), "@mt": "A" }, { "@t": at(10), "@mt": "B", "@l": "Error" }, { "@t": at(50), "@mt": "C" }],
    async ({ page }) => {
      await page.waitForFunction(() =>
        [...document.querySelectorAll("#bars button")].some(({ title }) => / 2 events, 1 Information, 1 Error$/.test(title))
      );
      await page.click("#bars button");
      await shows(page, 2);
      await page.waitForFunction(() => /^Only \d\d:\d\d:10\.000 – /.test(document.getElementById("range").textContent)); // drawn 4 times a second
      await page.click("#range");
      await shows(page, 3);
    },
  );
});

test("what is shown is exported as CLEF, and can be cleared", options, async () => {
  const big = '{"@t":"2026-03-01T10:15:00Z","@mt":"Big {Id}","Id":12345678901234567890}';
  await visit([{ "@mt": "A", N: 1 }, { "@mt": "B", N: 2 }], async ({ seq, page }) => {
    await fetch(`${seq.url}/ingest/clef`, { method: "POST", body: big });
    await filterBy(page, "N = 2 or Has(Id)", 2);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#export")]);
    assert.match(download.suggestedFilename(), /^events-[\d-]+\.clef$/);
    const lines = readFileSync(await download.path(), "utf8").split("\n");
    assert.deepEqual([JSON.parse(lines[0]!).N, lines[1], lines[2]], [2, big, ""]);
    await page.click("#clear");
    await shows(page, 0);
    await send(seq, { "@mt": "C", N: 2 });
    await shows(page, 1);
  });
});

/** Scrolls from the middle upwards, frame by frame; returns the CPU time of the page, in seconds. */
async function costOfScrolling(context: Context, page: Page): Promise<number> {
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const cost = async (): Promise<number> => {
    const { metrics } = await session.send("Performance.getMetrics") as { metrics: { name: string; value: number }[] };
    return metrics.find(({ name }) => name === "TaskDuration")!.value;
  };
  const before = await cost();
  await page.evaluate(async () => {
    const list = document.getElementById("list");
    list.scrollTop = list.scrollHeight / 2;
    for (let frame = 0; frame < 100; frame++) {
      list.scrollTop -= 50;
      await new Promise<void>((resolve) => requestAnimationFrame(() => resolve()));
    }
  });
  return await cost() - before;
}

test("100 000 events are a few elements, and every one of them can be reached", options, async () => {
  await using seq = await serveCollector({ port: 0 });
  const line = (n: number): string => `{"@t":"2026-03-01T10:15:00Z","@mt":"Event {N}","N":${n}}`;
  for (let from = 0; from < 100_000; from += 5000) {
    const body = Array.from({ length: 5000 }, (_, i) => line(from + i)).join("\n");
    await seq.fetch(new Request("http://localhost/ingest/clef", { method: "POST", body }));
  }
  const context = await newContext();
  try {
    const page = await context.newPage();
    await page.goto(seq.url);
    await page.waitForFunction(() => /^100,000 events( \(the newest\))?$/.test(document.getElementById("count").textContent));
    assert.equal((await messages(page)).at(-1), "Event 99999");
    assert.ok(await page.evaluate(() => [...document.querySelectorAll("*")].length) < 1500);
    await page.evaluate(() => void (document.getElementById("list").scrollTop = document.getElementById("list").scrollHeight / 2));
    await page.waitForFunction(() =>
      [...document.querySelectorAll(".row .message")].some(({ textContent }) => textContent === "Event 50000")
    );
    await page.click("#list");
    await page.keyboard.press("Home");
    await page.waitForFunction(() => document.querySelector('.row[aria-selected="true"] .message')?.textContent === "Event 0");
    await page.keyboard.press("End");
    await page.waitForFunction(() =>
      [...document.querySelectorAll(".row .message")].some(({ textContent }) => textContent === "Event 99999")
    );
    const many = await costOfScrolling(context, page);
    await filterBy(page, "N < 1000", 1000);
    const few = await costOfScrolling(context, page);
    assert.ok(many < few * 3, `scrolling through 100 000 events costs ${many} s, through 1000 ${few} s`);
  } finally {
    await context.close();
  }
});

test("more tabs than a browser opens connections to a host show what arrives", options, async () => {
  await visit([{ "@mt": "One" }], async ({ seq, page, context }) => {
    const pages = [page];
    while (pages.length < 8) {
      const next = await context.newPage();
      await next.goto(seq.url);
      await shows(next, 1);
      pages.push(next);
    }
    await send(seq, { "@mt": "Two" });
    await Promise.all(pages.map((one) => shows(one, 2)));
  });
});

test("everything that can be used has a name for those who do not see it", options, async () => {
  await visit([{ "@mt": "A", City: "Oslo", "@l": "Error", User: { Name: "Ada" } }], async ({ page, context }) => {
    await page.keyboard.press("k");
    await page.waitForFunction(() => document.querySelector("#panel h2") !== null);
    const session = await context.newCDPSession(page);
    const { nodes } = await session.send("Accessibility.getFullAXTree") as {
      nodes: { role?: { value: string }; name?: { value: string }; ignored: boolean }[];
    };
    const roles = new Set([
      "button",
      "textbox",
      "combobox",
      "listbox",
      "option",
      "tab",
      "tablist",
      "tabpanel",
      "dialog",
      "region",
      "search",
    ]);
    const found = nodes.filter(({ ignored, role }) => !ignored && roles.has(role?.value ?? ""));
    assert.ok(found.length > 20);
    assert.deepEqual(found.filter(({ role, name }) => role?.value !== "search" && !name?.value).map(({ role }) => role?.value), []);
  });
});

test("a page of another origin can neither read events nor embed the page", options, async () => {
  await using site = await serveSite({ "/": '<!doctype html><title>other</title><link rel="icon" href="data:,">' });
  await using seq = await serveCollector({ port: 0 });
  const context = await newContext();
  try {
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${site.port}/`);
    const outcomes = await page.evaluate(async (url) => {
      const found: string[] = [];
      for (const mode of ["cors", "no-cors"] as const) {
        await fetch(`${url}/page/events`, { mode }).then(
          ({ type, status }) => found.push(`${type} ${status}`),
          ({ name }) => found.push(String(name)),
        );
      }
      return found;
    }, seq.url);
    assert.deepEqual(outcomes, ["TypeError", "TypeError"]);
  } finally {
    await context.close();
  }
});

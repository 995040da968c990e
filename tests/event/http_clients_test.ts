/** Errors of axios and got as they are thrown: no credential of the request or of the reply leaves the process, and no machinery is logged. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { configure, encodeClef, getLogger, MemoryHandler, redactFilter, shutdown } from "../../mod.ts";

/** What the tests use of the clients; they are imported by name, for their own types need more than the type check loads. */
interface Axios {
  request(config: object): Promise<unknown>;
  create(config: object): Axios;
}
type Got = (url: string, options: object) => Promise<unknown>;
const importClient = async (name: string): Promise<unknown> => (await import(name)).default;
const axios = await importClient("axios") as Axios;
const got = await importClient("got") as Got;

/** Every credential holds this word. */
const word = "hidden";
const headers = {
  authorization: `Bearer ${word}-1`,
  cookie: `sid=${word}-2; other=${word}-3`,
  "x-api-key": `${word}-4`,
  "x-auth-token": `${word}-5`,
  "proxy-authorization": `Basic ${word}-6`,
};
const body = { password: `${word}-7`, card: { cvc: `${word}-8` } };
const path = `/login?access_token=${word}-9&user=shown`;

/** A server that refuses, closes or never answers, by the method. */
async function serve(): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    if (request.method === "DELETE") return void request.socket.destroy();
    if (request.method === "PATCH") return; // the client gives up
    response.writeHead(403, { "set-cookie": `session=${word}-10`, "content-type": "application/json", "x-refresh-token": `${word}-11` });
    response.end(JSON.stringify({ said: "shown" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const methods = ["POST", "DELETE", "PATCH"] as const;
type Ask = (url: string, method: typeof methods[number]) => Promise<unknown>;

const clients: Readonly<Record<string, Ask>> = {
  axios: (url, method) => axios.request({ url: path, baseURL: url, method, headers, data: body, timeout: 200 }),
  "axios with a login": (url, method) =>
    axios.create({ baseURL: url, auth: { username: "u", password: `${word}-12` } }).request({
      url: path,
      method,
      data: body,
      timeout: 200,
    }),
  "axios with fetch": (url, method) => axios.request({ url: url + path, method, headers, data: body, timeout: 200, adapter: "fetch" }),
  "axios with a form": (url, method) =>
    axios.request({ url: url + path, method, headers, data: new URLSearchParams({ password: `${word}-13` }), timeout: 200 }),
  got: (url, method) => got(url + path, { method, headers, json: body, retry: { limit: 0 }, timeout: { request: 200 } }),
  "got with a form": (url, method) =>
    got(url + path, { method, headers, form: { password: `${word}-14` }, retry: { limit: 0 }, timeout: { request: 200 } }),
  "got with a login": (url, method) =>
    got(url + path, {
      method,
      username: "u",
      password: `${word}-15`,
      body: `password=${word}-16`,
      retry: { limit: 0 },
      timeout: { request: 200 },
    }),
  "got with a context": (url, method) =>
    got(url + path, {
      method,
      context: { token: `${word}-17` },
      searchParams: { api_key: `${word}-18` },
      retry: { limit: 0 },
      timeout: { request: 200 },
    }),
};

/** What a client throws. */
async function thrownBy(ask: () => Promise<unknown>): Promise<Error> {
  try {
    await ask();
  } catch (error) {
    return error as Error;
  }
  return assert.fail("the request did not fail");
}

const log = getLogger("clients");
const calls: Readonly<Record<string, (error: Error) => void>> = {
  "alone": (error) => log.error(error),
  "with a template": (error) => log.error(error, "Failed"),
  "as a property": (error) => log.error("Failed", { err: error }),
  "in pino's form": (error) => log.error({ err: error }, "Failed"),
  "in an object": (error) => log.error("Failed {@Job}", { Job: { error, at: 1 } }),
  "as a cause": (error) => log.error(new Error("outer", { cause: error }), "Failed"),
  "its parts": (error) => log.error("Failed", { ...error }),
  "its configuration": (error) => {
    const { config, options } = error as Error & Record<string, object | undefined>;
    log.error("Failed", config ?? options!);
  },
  "its request and response": (error) => {
    const { request, response, config, options } = error as Error & Record<string, unknown>;
    log.error("Failed", { request, response, config, options });
  },
};
const mostLength = 12_000;

for (const [client, ask] of Object.entries(clients)) {
  for (const method of methods) {
    test(`an error of ${client} tells no credential: ${method}`, { timeout: 60_000 }, async () => {
      await using server = await serve();
      const error = await thrownBy(() => ask(server.url, method));
      for (const filters of [[], [redactFilter({ keys: ["authorization", "cookie", "*password*"] })]]) {
        for (const [how, call] of Object.entries(calls)) {
          const memory = new MemoryHandler();
          memory.filters = filters;
          configure({ handlers: { memory }, root: { handlers: ["memory"] } });
          call(error);
          const [event] = memory.events;
          assert.ok(event !== undefined, how);
          const text = encodeClef(event) + event.message + (event.exception ?? "");
          const at = text.indexOf(word);
          assert.ok(at < 0, `${how}: ${text.slice(Math.max(0, at - 300), at + 100)}`);
          assert.ok(text.length < mostLength, `${how}: ${text.length} characters: ${text.slice(0, 20_000)}`);
        }
      }
      await shutdown();
    });
  }
}

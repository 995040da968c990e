/** Decides where a collector listens and how its connections end. */

import { builtin } from "../runtime/detect.ts";
import { flag, number, options, type Reader, requireOptions, text } from "../option_schema.ts";
import { type Collector, createCollector } from "./collector.ts";
import { type CollectorOptions, collectorReaders } from "./collector_options.ts";
import { nodeListener, type NodeRequest, type NodeResponse } from "./node_fetch_bridge.ts";

/** The options of a listening collector. */
export interface ServeOptions extends CollectorOptions {
  /** The TCP port; 0 chooses a free port. Default 5341, as in Seq. */
  readonly port?: number | undefined;
  /** The address to listen on. Default `"127.0.0.1"`, which only this machine can reach. */
  readonly hostname?: string | undefined;
  /**
   * Whether a connection may carry more than one request. Default true. With false, every client sees every reset. With true, Deno's fetch
   * hides a reset of a reused connection, because it repeats the request.
   */
  readonly keepAlive?: boolean | undefined;
}

const readServeOptions: Reader<ServeOptions> = options<ServeOptions>({
  ...collectorReaders,
  port: number(0, 65_535, true),
  hostname: text,
  keepAlive: flag,
});

/** A collector that listens. */
export interface RunningCollector extends Collector, AsyncDisposable {
  /** The base URL without a trailing slash: a logger's `serverUrl`. */
  readonly url: string;
  /** The port on which the collector listens. */
  readonly port: number;
  /** Stops listening and destroys every connection, including those of hanging requests; collected data stays readable. */
  close(): Promise<void>;
}

interface NodeServer {
  keepAliveTimeout: number;
  listen(port: number, hostname: string): unknown;
  address(): { readonly port: number } | string | null;
  on(event: "listening" | "error", listener: (error: Error & { code?: string }) => void): unknown;
  close(callback: () => void): unknown;
  closeAllConnections(): void;
}

interface NodeHttp {
  createServer(listener: (incoming: NodeRequest, outgoing: NodeResponse) => void): NodeServer;
}

function listening(server: NodeServer, port: number, hostname: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.on("listening", () => resolve((server.address() as { port: number }).port));
    server.on("error", (error) => {
      const reason = error.code === "EADDRINUSE" ? "the port is in use" : error.message;
      reject(new Error(`Cannot listen on ${hostname}:${port}: ${reason}`, { cause: error }));
    });
    server.listen(port, hostname);
  });
}

function urlOf(hostname: string, port: number, basePath = ""): string {
  const everywhere: Record<string, string> = { "0.0.0.0": "127.0.0.1", "::": "::1" }; // these addresses are only for listening
  const host = everywhere[hostname] ?? hostname;
  const origin = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return `${origin}/${basePath}`.replace(/(?<!:)\/+/g, "/").replace(/\/$/, "");
}

/**
 * Starts a collector that listens on HTTP; for Node, Deno (with `--allow-net`) and Bun.
 *
 * Resets, and the end of hanging requests by `close()`, need Deno 2.8; earlier versions of its `node:http` cannot break a connection.
 *
 * @param given Where to listen, and the collector's options; by default on port 5341 of this machine, as Seq does.
 * @returns The collector, listening; close it with `close()` or `await using`.
 * @throws {ConfigError} If an option is wrong.
 * @throws {Error} If the port is in use or not permitted (`cause` is the runtime's error), or if the runtime has no `node:http`.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { serveCollector } from "@x/seqlog/collector";
 *
 * const seq = await serveCollector({ port: 0 });
 * const body = '{"@t":"2026-03-01T10:15:00Z","@mt":"Hello, {Name}!","Name":"world"}';
 * const [[event]] = await Promise.all([seq.until(1), fetch(`${seq.url}/ingest/clef`, { method: "POST", body })]);
 * assert.equal(event?.message, "Hello, world!");
 * await seq.close();
 * ```
 */
export async function serveCollector(given: ServeOptions = {}): Promise<RunningCollector> {
  const { port = 5341, hostname = "127.0.0.1", keepAlive = true, ...others } = requireOptions(readServeOptions, given, "serveCollector");
  const http = builtin<NodeHttp>("node:http");
  if (http === undefined) {
    throw new Error("Cannot serve a collector: this runtime has no node:http; use the fetch handler of createCollector");
  }
  const collector = createCollector({ ...others, pageHosts: [hostname, ...others.pageHosts ?? []] });
  const server = http.createServer(nodeListener(collector.fetch, keepAlive));
  server.keepAliveTimeout = 130_000; // as in Seq: longer than any client's, so that no connection closes during a request
  const actualPort = await listening(server, port, hostname);
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  }));
  const url = urlOf(hostname, actualPort, others.basePath);
  return Object.assign(collector, { url, port: actualPort, close, [Symbol.asyncDispose]: close });
}

/**
 * Decides which fields of HTTP clients' and servers' objects are logged: method, URL, status and headers, but no internals.
 */

import { isCredentialField, isCredentialHeader } from "./credential_names.ts";

/** An object with unknown fields. */
type Fields = Readonly<Record<string, unknown>>;

/** The methods of an event emitter. Sockets, agents, streams and servers have them, and are not data. */
interface Emitter {
  on?: unknown;
  emit?: unknown;
  getHeaders?(): unknown;
}

const received = ["method", "url", "httpVersion", "statusCode", "statusMessage", "headers"];
const sent = ["method", "protocol", "host", "path", "statusCode", "statusMessage"];
const asked = ["method", "baseURL", "prefixUrl", "url", "params", "searchParams", "timeout", "headers"];
/** A client's configuration has more names than this. */
const fewNames = 8;
const axiosResponse = ["status", "statusText", "headers", "data"];

/** Returns the data of a Node HTTP message of any library; a text for any other event emitter; `undefined` for other objects. */
export function viewOfLive(value: object): Fields | string | undefined {
  const { on, emit } = value as Emitter;
  if (typeof on !== "function" || typeof emit !== "function") return undefined;
  if ("rawHeaders" in value && "headers" in value) return pick(value, received);
  const { getHeaders } = value as Emitter;
  if (typeof getHeaders === "function") return { ...pick(value, sent), headers: getHeaders.call(value) };
  return typeof (value as Fields)["toJSON"] === "function" ? undefined : `[${value.constructor?.name || "EventEmitter"}]`;
}

/** Returns whether a plain object describes an HTTP message, whose other fields may hold credentials as well. */
export function isMessage(names: readonly string[]): boolean {
  return names.includes("headers");
}

/**
 * Returns only those names of a client's configuration (axios, got) that describe the request, without body, login and internals. Returns
 * the names of any other object unchanged.
 */
export function withoutMachinery(names: string[]): string[] {
  if (names.length <= fewNames || !isMessage(names)) return names;
  return names.includes("xsrfHeaderName") || names.includes("h2session") ? names.filter((name) => asked.includes(name)) : names;
}

/** The rules for the values under a name, as bits. */
export const credentialField = 1, credentialHeader = 2, headers = 4, content = 8;

/** Returns the rules for a name. {@linkcode credentialField} and {@linkcode headers} apply everywhere, the others in HTTP messages. */
export function rulesOf(name: string): number {
  return (isCredentialField(name) ? credentialField : 0) | (isCredentialHeader(name) ? credentialHeader : 0) |
    (/headers?$/i.test(name) ? headers : 0) | (/^(?:data|body|payload|json)$/.test(name) ? content : 0);
}

/**
 * Returns a field of an error. For axios it picks from request and response, because an axios error holds both three times, with their
 * sockets.
 */
export function fieldOfError(error: object, name: string): unknown {
  const value = (error as Fields)[name];
  if (typeof value !== "object" || value === null || (error as Fields)["isAxiosError"] !== true) return value;
  if (name === "config") return pick(value, asked);
  if (name === "response") return pick(value, axiosResponse);
  return name === "request" ? undefined : value;
}

/** Returns the given fields that are not empty. */
function pick(value: object, names: readonly string[]): Fields {
  const picked: Record<string, unknown> = {};
  for (const name of names) {
    const field = (value as Fields)[name];
    if (field !== undefined && field !== null && field !== "") picked[name] = field;
  }
  return picked;
}

/** Returns whether a value under a credential's name is a credential. A `cookie` without `=` is none: the word has other meanings. */
export function isSecret(value: unknown, name: string): boolean {
  if (value === null || value === undefined || typeof value === "boolean" || typeof value === "number") return false;
  return !/^cookie$/i.test(name) || typeof value !== "string" || value.includes("=");
}

/** Objects of HTTP clients and servers as data: method, URL, status and headers, and nothing of the machinery behind them. */

import { isCredentialField, isCredentialHeader } from "./credential_names.ts";

/** An object whose fields are looked at without knowing its class. */
type Fields = Readonly<Record<string, unknown>>;

/** What an object looks like that sends events: sockets, agents, streams and servers do, and are no data. */
interface Emitter {
  on?: unknown;
  emit?: unknown;
  getHeaders?(): unknown;
}

const received = ["method", "url", "httpVersion", "statusCode", "statusMessage", "headers"];
const sent = ["method", "protocol", "host", "path", "statusCode", "statusMessage"];
const asked = ["method", "baseURL", "prefixUrl", "url", "params", "searchParams", "timeout", "headers"];
/** The configuration of an HTTP client has more names. */
const fewNames = 8;
const axiosResponse = ["status", "statusText", "headers", "data"];

/** The data of a message of Node's HTTP, whoever made it; a text for any other live handle; `undefined` for what is neither. */
export function viewOfLive(value: object): Fields | string | undefined {
  const { on, emit } = value as Emitter;
  if (typeof on !== "function" || typeof emit !== "function") return undefined;
  if ("rawHeaders" in value && "headers" in value) return pick(value, received);
  const { getHeaders } = value as Emitter;
  if (typeof getHeaders === "function") return { ...pick(value, sent), headers: getHeaders.call(value) };
  return typeof (value as Fields)["toJSON"] === "function" ? undefined : `[${value.constructor?.name || "EventEmitter"}]`;
}

/** Whether a plain object describes a message of HTTP: then its fields, too, may be credentials. */
export function isMessage(names: readonly string[]): boolean {
  return names.includes("headers");
}

/** Returns, of the configuration of an HTTP client (axios, got), only the names of what is asked for: its body, login and machinery are not data. Other names stay. */
export function withoutMachinery(names: string[]): string[] {
  if (names.length <= fewNames || !isMessage(names)) return names;
  return names.includes("xsrfHeaderName") || names.includes("h2session") ? names.filter((name) => asked.includes(name)) : names;
}

/** What holds for the values of a name, as bits. */
export const credentialField = 1, credentialHeader = 2, headers = 4, content = 8;

/** What holds for the values of that name: in most objects {@linkcode credentialField} and {@linkcode headers}, the rest in a message. */
export function rulesOf(name: string): number {
  return (isCredentialField(name) ? credentialField : 0) | (isCredentialHeader(name) ? credentialHeader : 0) |
    (/headers?$/i.test(name) ? headers : 0) | (/^(?:data|body|payload|json)$/.test(name) ? content : 0);
}

/** A field of an error; one of axios holds the request and the answer three times over, and the sockets of both. */
export function fieldOfError(error: object, name: string): unknown {
  const value = (error as Fields)[name];
  if (typeof value !== "object" || value === null || (error as Fields)["isAxiosError"] !== true) return value;
  if (name === "config") return pick(value, asked);
  if (name === "response") return pick(value, axiosResponse);
  return name === "request" ? undefined : value;
}

/** Those of the fields that say something. */
function pick(value: object, names: readonly string[]): Fields {
  const picked: Record<string, unknown> = {};
  for (const name of names) {
    const field = (value as Fields)[name];
    if (field !== undefined && field !== null && field !== "") picked[name] = field;
  }
  return picked;
}

/** Whether the value of a credential's name is one; where nothing else says that it is a header, a cookie without a pair is something to eat. */
export function isSecret(value: unknown, name: string): boolean {
  if (value === null || value === undefined || typeof value === "boolean" || typeof value === "number") return false;
  return !/^cookie$/i.test(name) || typeof value !== "string" || value.includes("=");
}

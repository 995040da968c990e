/** Decides how credentials are removed from HTTP texts: URLs, queries and raw headers. Each text is scanned once. */

import { isCredentialHeader, isCredentialParameter } from "./credential_names.ts";

/** Replaces a credential. */
export const redacted = "[Redacted]";
/** Replaces a credential in a URL, which cannot hold brackets. */
export const redactedInUrl = "***";

/** Returns a URL, or its path and query, without the password and the values of secret parameters. */
export function redactUrl(url: string): string {
  const scheme = url.indexOf("://");
  const start = scheme < 0 ? (url.startsWith("//") ? 2 : -1) : scheme + 3;
  let from = 0;
  let text = "";
  if (start >= 0) {
    const found = url.slice(start).search(/[/?#\\]/);
    const end = found < 0 ? url.length : start + found;
    const at = url.lastIndexOf("@", end - 1);
    const colon = url.indexOf(":", start);
    if (at >= start && colon >= 0 && colon < at) {
      text = `${url.slice(0, colon + 1)}${redactedInUrl}`;
      from = at;
    }
  }
  const split = url.slice(from).search(/[?#;]/); // a path can have parameters, too: `/cart;jsessionid=…`
  return split < 0 ? text + url.slice(from) : text + url.slice(from, from + split) + redactQuery(url.slice(from + split));
}

/**
 * Returns a query without the values of secret parameters; a leading `?` or `#` is kept.
 *
 * @param query The query as it stands in a URL.
 * @param isSecret Returns whether to hide the value of a parameter, given its decoded name.
 */
export function redactQuery(query: string, isSecret: (name: string) => boolean = isCredentialParameter): string {
  let text = "";
  let written = 0;
  let equals = -1;
  for (let start = 0; start < query.length;) {
    const end = endOfPart(query, start);
    if (equals < start) equals = query.indexOf("=", start); // searched only once, even if no `=` follows
    if (
      equals >= start && equals < end && (isSecret(decode(query.slice(start, equals))) || hasSecret(query.slice(equals + 1, end), isSecret))
    ) {
      text += query.slice(written, equals + 1) + redactedInUrl;
      written = end;
    }
    start = end + 1;
    if (equals < 0) break; // no later parameter has a value
  }
  return text + query.slice(written);
}

/** Returns whether a value contains a secret parameter that is encoded once more, as in the return address of a login page. */
function hasSecret(value: string, isSecret: (name: string) => boolean): boolean {
  if (!/%3d/i.test(value)) return false;
  const parts = decode(value).split(/[/&;?#]/);
  return parts.some((part) => part.includes("=") && !part.endsWith("=") && isSecret(part.slice(0, part.indexOf("="))));
}

/** Returns where a parameter ends: at the next separator. */
function endOfPart(query: string, start: number): number {
  for (let at = start; at < query.length; at++) {
    const code = query.charCodeAt(at);
    if (code === 38 || code === 59 || code === 63 || code === 35) return at; // & ; ? #
  }
  return query.length;
}

/** Returns the decoded name of a parameter. */
function decode(name: string): string {
  if (name.length > 1000) name = name.slice(-1000);
  if (!name.includes("%")) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // not valid percent-encoding
  }
}

/** Which names are secret, and what replaces their values. */
export interface SecretNames {
  readonly replacement: string;
  isSecret(name: string): boolean;
}

/** The names that raw headers of HTTP have for credentials. */
const credentials: SecretNames = { replacement: redacted, isSecret: isCredentialHeader };

/** Whether HTTP allows a name for a header. */
export function isHeaderName(name: unknown): name is string {
  return typeof name === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(name);
}

/** What stands before the value of a header, with its name. */
const beforeValue = /^[ \t]*([\w!#$%&'*+.^`|~-]{1,200})[ \t]*: ?/;

/** Returns a text without the values of secret header lines, such as `Authorization: Bearer …`, and of their continuation lines. */
export function redactHeaderText(text: string, { replacement, isSecret }: SecretNames = credentials): string {
  let isHidden = false;
  const hide = (line: string): string => {
    let from = 1; // a line that begins with a blank continues a hidden value
    if (!isHidden || !/^[ \t]/.test(line)) {
      const [before = "", name] = beforeValue.exec(line) ?? [];
      isHidden = name !== undefined && isSecret(name); // after any other header, an indented line may be a header of its own
      from = before.length;
    }
    return isHidden ? line.slice(0, from) + line.slice(from).replace(/[^]*[^\r]/, () => replacement) : line;
  };
  return text.split("\n").map(hide).join("\n");
}

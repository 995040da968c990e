/** Decides a client's address: the address of the connection, or the address that a trusted proxy reports. */

/** A further argument of a server's handler, as far as it describes the connection. */
interface ServerArgument {
  /** Bun's server. */
  requestIP?(request: Request): { readonly address: string } | null;
  /** Deno's info. */
  readonly remoteAddr?: { readonly hostname?: string };
  /** Node's request, or an adapter's object that holds it. */
  readonly socket?: { readonly remoteAddress?: string };
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } };
}

/** Returns the address of the connection. The only header used is Cloudflare's, and only if the request comes from Cloudflare itself. */
export function addressOf(request: Request, ...rest: readonly unknown[]): string | undefined {
  for (const argument of rest) {
    const server = Object(argument) as ServerArgument;
    if (typeof server.requestIP === "function") return withoutMapping(server.requestIP(request)?.address);
    const address = server.remoteAddr?.hostname ?? server.socket?.remoteAddress ?? server.incoming?.socket?.remoteAddress;
    if (typeof address === "string") return withoutMapping(address);
  }
  const isFromCloudflare = typeof (request as { readonly cf?: unknown }).cf === "object"; // no header can set `cf`
  return isFromCloudflare ? (request.headers.get("cf-connecting-ip") ?? undefined) : undefined;
}

/** Returns an IPv4 address without the prefix `::ffff:`, which servers for both families add and only some runtimes remove. */
export function withoutMapping<T extends string | undefined>(address: T): T {
  return /^::ffff:[\d.]+$/i.test(address ?? "") ? address!.slice(7) as T : address;
}

/** The greatest length of an address. */
const maxLength = 100;
const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/** Returns the address in a text that may have a port, brackets or a zone; `undefined` for any other text. */
export function readAddress(text: string): string | undefined {
  if (text.length > maxLength) return undefined;
  const [, bracketed, withPort] = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d+)?$/.exec(text.trim()) ?? [];
  const host = withoutMapping(bracketed ?? withPort ?? text.trim());
  return ipv4.test(host) ? host : canonicalIPv6(host.replace(/%.*$/s, ""));
}

/** Returns an IPv6 address in its short form, or the IPv4 address that it maps; `undefined` if it is invalid. */
function canonicalIPv6(address: string): string | undefined {
  if (!address.includes(":")) return undefined;
  try {
    const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
    const [, high, low] = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(canonical) ?? [];
    if (high === undefined || low === undefined) return canonical;
    return [high, low].map((group) => `${parseInt(group, 16) >> 8}.${parseInt(group, 16) & 255}`).join(".");
  } catch {
    return undefined; // a name with a colon
  }
}

/** What is known about a client. */
export interface ClientFacts {
  /** The address of the client's connection, if it is known. */
  readonly clientAddress?: string | undefined;
  /** Returns a header of the client's request. */
  header(name: string): string | null | undefined;
}

/**
 * Returns the client's address: the nth entry of `x-forwarded-for` from the right or, without such an entry, the address of the connection.
 *
 * The client itself may have written the entries further left.
 */
export function clientAddressOf(facts: ClientFacts, trustedProxies: number): string | undefined {
  const entry = trustedProxies > 0 ? facts.header("x-forwarded-for")?.split(",").at(-trustedProxies) : undefined;
  return (entry && readAddress(entry)) || facts.clientAddress;
}

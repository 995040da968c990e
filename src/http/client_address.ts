/** The address of a client: as the server itself sees it, or as a proxy that is trusted says it. */

/** Of what servers hand their handlers, whatever knows the connection. */
interface Beside {
  /** Bun's server. */
  requestIP?(request: Request): { readonly address: string } | null;
  /** Deno's info. */
  readonly remoteAddr?: { readonly hostname?: string };
  /** Node's request, or, as adapters hand it on, a thing that has it. */
  readonly socket?: { readonly remoteAddress?: string };
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } };
}

/** The address that the server itself sees a request come from; of headers only Cloudflare's, where a Worker has it from Cloudflare itself. */
export function addressOf(request: Request, ...rest: readonly unknown[]): string | undefined {
  for (const one of rest.map((one) => Object(one) as Beside)) {
    if (typeof one.requestIP === "function") return withoutMapping(one.requestIP(request)?.address);
    const address = one.remoteAddr?.hostname ?? one.socket?.remoteAddress ?? one.incoming?.socket?.remoteAddress;
    if (typeof address === "string") return withoutMapping(address);
  }
  const isFromCloudflare = typeof (request as { readonly cf?: unknown }).cf === "object"; // no header can make a request have it
  return isFromCloudflare ? (request.headers.get("cf-connecting-ip") ?? undefined) : undefined;
}

/** An IPv4 address as itself: a server that listens on both families sees it as `::ffff:10.0.0.1`, and only some runtimes undo that. */
export function withoutMapping<T extends string | undefined>(address: T): T {
  return /^::ffff:[\d.]+$/i.test(address ?? "") ? address!.slice(7) as T : address;
}

/** No address is written in more characters. */
const maxLength = 100;
const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/** The address in a text that may have a port, brackets or a zone; `undefined` for any other text. */
export function readAddress(text: string): string | undefined {
  if (text.length > maxLength) return undefined;
  const [, bracketed, withPort] = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d+)?$/.exec(text.trim()) ?? [];
  const host = withoutMapping(bracketed ?? withPort ?? text.trim());
  return ipv4.test(host) ? host : canonicalIPv6(host.replace(/%.*$/s, ""));
}

/** An IPv6 address in its one short form, or the IPv4 address that it maps; `undefined` for what is none. */
function canonicalIPv6(address: string): string | undefined {
  if (!address.includes(":")) return undefined;
  try {
    const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
    const [, high, low] = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(canonical) ?? [];
    if (high === undefined || low === undefined) return canonical;
    return [high, low].flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]).join(".");
  } catch {
    return undefined; // a name with a colon
  }
}

/** What is known of a client. */
export interface ClientFacts {
  /** The address of its connection, where it is known. */
  readonly clientAddress?: string | undefined;
  /** One of the headers of its request. */
  header(name: string): string | null | undefined;
}

/**
 * Returns the address of the client: what the nth proxy from the server says in `x-forwarded-for`, else that of the connection.
 *
 * The entries further left may have been written by the client itself.
 */
export function clientAddressOf(facts: ClientFacts, trustedProxies: number): string | undefined {
  const entry = trustedProxies > 0 ? facts.header("x-forwarded-for")?.split(",").at(-trustedProxies) : undefined;
  return (entry === undefined ? undefined : readAddress(entry)) || facts.clientAddress;
}

/** The address of a client, as the server itself sees it. */

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
    if (typeof one.requestIP === "function") return one.requestIP(request)?.address;
    const address = one.remoteAddr?.hostname ?? one.socket?.remoteAddress ?? one.incoming?.socket?.remoteAddress;
    if (typeof address === "string") return address;
  }
  const isFromCloudflare = typeof (request as { readonly cf?: unknown }).cf === "object"; // no header can make a request have it
  return isFromCloudflare ? (request.headers.get("cf-connecting-ip") ?? undefined) : undefined;
}

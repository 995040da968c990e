/** The page of the collector, in fewer bytes: the sources keep its script as text, which no bundler looks into, and the package compressed. */

import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";
import { esbuild } from "../build.ts";

const inflate = `
export async function pageHtml() {
  const bytes = Uint8Array.from(atob(page), (character) => character.charCodeAt(0));
  return await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).json();
}`;

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/**
 * Returns what stands for the file that makes the page: the finished page, whose policy lets the shorter script and style run.
 *
 * @param path The file; it exports `pageHtml()`.
 */
export async function minifyPage(path: string): Promise<{ readonly contents: string; readonly loader: "js" }> {
  let { html, policy } = await (await import(pathToFileURL(path).href)).pageHtml() as { html: string; policy: string };
  for (const [element, loader] of [["script", "js"], ["style", "css"]] as const) {
    const [, text = ""] = new RegExp(`<${element}>([\\s\\S]*)</${element}>`).exec(html) ?? [];
    const short: string = esbuild().transformSync(text, { loader, minify: true, charset: "utf8" }).code.trim();
    if (!policy.includes(hashOf(text)) || short.includes(`</${element}`)) {
      throw new Error(`Cannot find the ${element} of the page in ${path}`);
    }
    policy = policy.replace(hashOf(text), () => hashOf(short));
    html = html.replace(text, () => short);
  }
  const page = deflateRawSync(JSON.stringify({ html, policy }), { level: 9 }).toString("base64");
  return { contents: `const page = "${page}"; ${inflate}`, loader: "js" };
}

/** Decides how the page becomes one HTML document, and which policy restricts it. */

import { toolsScript } from "./tools_script.ts";
import { feedScript } from "./feed_script.ts";
import { listScript } from "./list_script.ts";
import { histogramScript } from "./histogram_script.ts";
import { eventScript } from "./event_script.ts";
import { panelsScript } from "./panels_script.ts";
import { controlsScript } from "./controls_script.ts";
import { body } from "./page_body.ts";
import { style } from "./page_style.ts";

const script = [
  '"use strict";(() => {',
  toolsScript,
  feedScript,
  listScript,
  histogramScript,
  eventScript,
  panelsScript,
  controlsScript,
  "})();",
].join("\n");

/** Returns the policy source that permits exactly this text. */
async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}

/** Returns the document and its policy, which permits only its own script and style by hash, and its own origin. */
export async function pageHtml(): Promise<{ readonly html: string; readonly policy: string }> {
  const [scriptHash, styleHash] = await Promise.all([script, style].map(hashOf));
  const policy = [
    "default-src 'none'",
    `script-src ${scriptHash}`,
    `style-src ${styleHash}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  const html = [
    '<!doctype html>\n<html lang="en" data-theme="auto">\n<head>\n<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>Collector</title>\n<link rel="icon" href="data:,">',
    `<style>${style}</style>\n</head>\n${body}\n<script>${script}</script>\n</html>\n`,
  ].join("\n");
  return { html, policy };
}

/**
 * Draws the picture of README.md from what `npm start` prints at a terminal: `npx tsx tests/support/picture.ts` writes examples/arriving_events.svg.
 *
 * tests/runtimes/node/examples_test.ts holds each of its lines against what the program prints.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { repository } from "./install.ts";
import { runProgram } from "./runtimes.ts";

const path = join(repository, "examples/arriving_events.svg");
/** How many of the first lines are drawn, and how many of the last. */
const [first, last] = [7, 3];
const colours: Readonly<Record<string, string>> = { "2": "#8b949e", "32": "#3fb950", "35": "#d2a8ff" };
const [charWidth, lineHeight, margin] = [7.8, 20, 16];

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** A line of a terminal as SVG: each run of one colour is a span. */
function drawLine(line: string): string {
  const runs = [...line.replace(/␛\[0m$/, "").matchAll(/(?:␛\[(\d+)m)?([^␛]+)/g)];
  return runs.map(([, code = "", text = ""]) => {
    const colour = colours[code];
    return colour === undefined ? escape(text) : `<tspan fill="${colour}">${escape(text)}</tspan>`;
  }).join("");
}

/** Draws the lines of a terminal; those in the middle are left out, as `…` says. */
export function drawTerminal(output: string): string {
  const all = output.replaceAll("\r", "").replaceAll("\u001b", "␛").trimEnd().split("\n");
  const lines = [...all.slice(0, first), "…", ...all.slice(-last)];
  const columns = Math.max(...lines.map((line) => line.replace(/␛\[\d+m/g, "").length));
  const [width, height] = [Math.ceil(columns * charWidth) + 2 * margin, lines.length * lineHeight + 2 * margin];
  const texts = lines.map((line, i) => {
    return `<text x="${margin}" y="${margin + 14 + i * lineHeight}" xml:space="preserve">${drawLine(line)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13" fill="#e6edf3">`,
    ...texts,
    "</g>\n</svg>\n",
  ].join("\n");
}

/** The lines of the picture, as text. */
export function linesOfPicture(): string[] {
  const texts = readFileSync(path, "utf8").matchAll(/<text [^>]*>(.*?)<\/text>/g);
  return [...texts].map(([, text = ""]) => text.replace(/<[^>]+>/g, "").replaceAll("&lt;", "<").replaceAll("&amp;", "&"));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const env = { SEQ_URL: undefined, SEQ_API_KEY: undefined, NO_COLOR: undefined };
  const { stdout } = await runProgram("node20", "examples/start.ts", { env, terminal: true });
  writeFileSync(path, drawTerminal(stdout));
}

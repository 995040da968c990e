/** Reads text files. A file that cannot be read yields a result, not an exception. */

import { reasonOf } from "../event/exception.ts";
import { builtin, workOutlivesCall } from "../runtime/detect.ts";
import { missingFilePermission } from "../runtime/permissions.ts";

/** Result of reading a file. */
export interface TextFile {
  /** URL of the file. */
  readonly url?: string | undefined;
  readonly text?: string;
  /** Why there is no text, and what to do about it. */
  readonly problem?: string;
}

interface Files {
  readFileSync(path: string, encoding: "utf8"): string;
}

interface Urls {
  pathToFileURL(path: string): URL;
  fileURLToPath(url: URL): string;
}

/** Returns the URL of a file. A relative path starts from the base or, without a base, from the working directory. */
export function locate(location: string | URL, base?: string | URL): URL | undefined {
  const urls = builtin<Urls>("node:url");
  if (typeof location !== "string" || /^[a-z][a-z\d+.-]+:/i.test(location)) return new URL(location);
  const isRelative = !/^(?:[/\\]|[a-z]:[/\\])/i.test(location);
  // Deno may prompt for access to its working directory
  const isHidden = isRelative && base === undefined && missingFilePermission("read", ".") !== undefined;
  if (urls === undefined || isHidden) return undefined;
  return isRelative && base !== undefined ? new URL(location.replaceAll("%", "%25"), base) : urls.pathToFileURL(location);
}

/** Reads files and remembers their texts, so that a watcher can compare. */
export class TextFiles {
  readonly #texts = new Map<string, string | undefined>();

  /** Reads a file as {@linkcode readTextFile} does. */
  readonly read = (location: string | URL, base?: string | URL): TextFile => {
    const file = readTextFile(location, base);
    if (file.url !== undefined) this.#texts.set(file.url, file.text);
    return file;
  };

  /** The texts as they were read. This value equals `look()` until a file changes, appears or disappears. */
  get fingerprint(): string {
    return JSON.stringify([...this.#texts]);
  }

  /** Returns the texts as they are now. */
  look(): string {
    return JSON.stringify([...this.#texts.keys()].map((url) => [url, readTextFile(new URL(url)).text]));
  }
}

/** Reads a file as UTF-8 text. */
export function readTextFile(location: string | URL, base?: string | URL): TextFile {
  let url: URL | undefined;
  try {
    const at = url = locate(location, base);
    const files = workOutlivesCall() ? builtin<Files>("node:fs") : undefined;
    const urls = builtin<Urls>("node:url");
    if (files === undefined || urls === undefined) {
      return { problem: "this runtime has no files; pass configureFromYaml the text, and secrets through the environment" };
    }
    const href = at?.href;
    if (at !== undefined && at.protocol !== "file:") {
      return { url: href, problem: `only files can be read; pass configureFromYaml the text` };
    }
    const path = at === undefined ? String(location) : urls.fileURLToPath(at);
    const flag = missingFilePermission("read", path);
    return flag === undefined
      ? { url: href, text: files.readFileSync(path, "utf8") }
      : { url: href, problem: `Deno needs the permission ${flag}` };
  } catch (error) {
    return { url: url?.href, problem: reasonOf(error) };
  }
}

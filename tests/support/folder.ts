/** A folder for one test, and the files in it. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** A temporary folder; disposing it deletes it with all that is in it. */
export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), "seqlog-"));

  /** The path of a file in it. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Whether there is such a file. */
  has(name: string): boolean {
    return existsSync(this.at(name));
  }

  /** The text of a file; bytes that are not UTF-8 fail the test. */
  read(name: string): string {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(this.at(name)));
  }

  /** The lines of a file, each of which has to end. */
  lines(name: string): string[] {
    const lines = this.read(name).split("\n");
    const rest = lines.pop();
    if (rest !== "") throw new Error(`The last line of ${name} does not end: ${rest}`);
    return lines;
  }

  /** The names of all files, sorted. */
  get names(): string[] {
    return readdirSync(this.path).sort();
  }

  /** The text of each file, by its name. */
  get texts(): Record<string, string> {
    return Object.fromEntries(this.names.map((name) => [name, this.read(name)]));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A temporary folder that is there until this process ends. */
export function temporaryFolder(parent: string = tmpdir()): string {
  const folder = mkdtempSync(join(parent, "seqlog-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

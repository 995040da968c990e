/** What the tests find in their pages: the library, as the global `seqlog`, and what it says of itself. */

import * as seqlog from "../../../mod.ts";

const told: string[] = [];
seqlog.onDiagnostic(({ code, message, hint }) => {
  told.push(code);
  if (code === "left") localStorage.setItem(code, message); // where the next page finds it
  console.warn(`${code}: ${message}. ${hint ?? ""}`);
});
Object.assign(globalThis, { seqlog, told });

/** A self-signed certificate. */

import { execFileSync } from "node:child_process";
import { Folder } from "./folder.ts";

/** Makes a key and its certificate for `localhost`; nothing where there is no openssl. */
export function selfSigned(): { readonly key: string; readonly cert: string } | undefined {
  using folder = new Folder();
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  try {
    const files = ["-keyout", folder.at("key.pem"), "-out", folder.at("cert.pem")];
    execFileSync("openssl", ["req", ...kind, ...name, ...files], { stdio: "ignore" });
    return { key: folder.read("key.pem"), cert: folder.read("cert.pem") };
  } catch {
    return undefined;
  }
}

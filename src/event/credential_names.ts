/**
 * Decides which names mean credentials in headers, in queries and in the data of HTTP clients and servers.
 *
 * `isCredentialName` is the table itself. `isCredentialHeader` and `isCredentialParameter` add words that mean a credential only in
 * that place. `isCredentialField` is for plain data, which may be headers: it also knows names that only headers have.
 * Names are compared by their letters and digits alone, so that `X-Api-Key`, `x_api_key` and `xApiKey` are one name.
 */

import { isPlainAscii, lazyPattern } from "../lazy_pattern.ts";

/** A credential's name ends with one of these words, compared by letters and digits. */
const endings =
  /(?:token|secret|password|passwd|passphrase|passcode|pwd|signature|apikey|secretkey|privatekey|accesskey|authkey|sharedkey|subscriptionkey|functionskey|jwt|assertion|credentials?|sessid|csrf|xsrf|authorization|cookie2?)s?$/;
/** A credential's name contains one of these words anywhere. */
const parts = /session|jwtassertion/;
const words: ReadonlySet<string> = new Set(["jwt", "otp", "totp", "sid", "connectsid", "samlresponse", "samlrequest", "bearer"]);
const headerWords: ReadonlySet<string> = new Set(["key", "auth", "xkey", "xauth", "authentication", "xauthentication"]);
const parameterWords: ReadonlySet<string> = new Set(["key", "auth", "code", "sig", "hmac", "pass", "pin"]);
const fieldWords: ReadonlySet<string> = new Set(["authorization", "proxyauthorization", "cookie", "setcookie"]);

/** Of a longer name, only the end is compared. No server uses longer names. */
const maxLength = 200;

const others = lazyPattern("[^\\p{L}\\p{Nd}]", "gu");

/** Returns the letters and digits of a name, in lower case. */
export function lettersOf(name: string): string {
  const lower = name.slice(-maxLength).toLowerCase();
  return lower.replace(isPlainAscii(lower) ? /[^a-z\d]/g : others(), "");
}

const isCredential = (letters: string): boolean => endings.test(letters) || parts.test(letters) || words.has(letters);

/** Returns whether a value with this name is a credential, in any place. */
export function isCredentialName(name: string): boolean {
  return isCredential(lettersOf(name));
}

/** Returns whether the header of this name holds a credential. */
export function isCredentialHeader(name: string): boolean {
  const letters = lettersOf(name);
  return isCredential(letters) || headerWords.has(letters);
}

/** Returns whether the query parameter of this name holds a credential. Names in brackets count, too: `user[password]`, `token[]`. */
export function isCredentialParameter(name: string): boolean {
  const isOne = (part: string): boolean => {
    const letters = lettersOf(part);
    return isCredential(letters) || parameterWords.has(letters);
  };
  return isOne(name) || (/[[\].]/.test(name) && name.slice(-maxLength).split(/[[\].]/).some(isOne));
}

/**
 * Returns whether plain data of this name holds an HTTP credential. Includes names that only headers have, such as `authorization` or
 * `x-auth-token`.
 */
export function isCredentialField(name: string): boolean {
  if (name.includes("-")) return isCredentialName(name);
  return name.length < 20 && name.length > 5 && fieldWords.has(lettersOf(name));
}

/**
 * The one table of the names under which credentials travel: in headers, in queries, and in the data of HTTP clients and servers.
 *
 * `isCredentialName` is the table itself. `isCredentialHeader` and `isCredentialParameter` add the words that mean a credential only in
 * that place. `isCredentialField` is for plain data that is not known to be headers: it knows the names that only headers have.
 * Names are compared by their letters and digits alone, so that `X-Api-Key`, `x_api_key` and `xApiKey` are one name.
 */

/** What the letters of a credential's name end with. */
const endings =
  /(?:token|secret|password|passwd|passphrase|passcode|pwd|signature|apikey|secretkey|privatekey|accesskey|authkey|sharedkey|subscriptionkey|functionskey|jwt|assertion|credentials?|sessid|csrf|xsrf|authorization|cookie2?)s?$/;
/** What they hold at any place. */
const parts = /session|jwtassertion/;
const words: ReadonlySet<string> = new Set(["jwt", "otp", "totp", "sid", "connectsid", "samlresponse", "samlrequest", "bearer"]);
const headerWords: ReadonlySet<string> = new Set(["key", "auth", "xkey", "xauth", "authentication", "xauthentication"]);
const parameterWords: ReadonlySet<string> = new Set(["key", "auth", "code", "sig", "hmac", "pass", "pin"]);
const fieldWords: ReadonlySet<string> = new Set(["authorization", "proxyauthorization", "cookie", "setcookie"]);

/** No header or parameter that a server takes has a longer name that matters; its end decides. */
const maxLength = 200;

/** The letters and digits of a name, in lower case. */
function lettersOf(name: string): string {
  return name.slice(-maxLength).toLowerCase().replace(/[^\p{L}\p{Nd}]/gu, "");
}

const isCredential = (letters: string): boolean => endings.test(letters) || parts.test(letters) || words.has(letters);

/** Whether what has that name is a credential, wherever it stands. */
export function isCredentialName(name: string): boolean {
  return isCredential(lettersOf(name));
}

/** Whether the value of a header of that name is a credential. */
export function isCredentialHeader(name: string): boolean {
  const letters = lettersOf(name);
  return isCredential(letters) || headerWords.has(letters);
}

/** Whether the value of a query's parameter of that name is a credential; what stands in brackets is looked at, too: `user[password]`, `token[]`. */
export function isCredentialParameter(name: string): boolean {
  const isOne = (part: string): boolean => {
    const letters = lettersOf(part);
    return isCredential(letters) || parameterWords.has(letters);
  };
  return isOne(name) || (/[[\].]/.test(name) && name.slice(-maxLength).split(/[[\].]/).some(isOne));
}

/** Whether plain data of that name is a credential of HTTP: a name that only headers have, such as `authorization` or `x-auth-token`. */
export function isCredentialField(name: string): boolean {
  if (name.includes("-")) return isCredentialName(name);
  return name.length < 20 && name.length > 5 && fieldWords.has(lettersOf(name));
}

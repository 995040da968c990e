/** The names under which credentials travel. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isCredentialField, isCredentialHeader, isCredentialName, isCredentialParameter } from "../../src/event/credential_names.ts";

const anywhere =
  "access_token accessToken refreshToken id_token private_token client_secret secret_key api-key apiKey API_KEY password passwd user_password newPassword " +
  "session_id sessionId sid connect.sid PHPSESSID JSESSIONID otp jwt SAMLResponse X-Goog-Signature X-Amz-Signature X-Amz-Security-Token " +
  "tokens secrets client_assertion";
const headers =
  "Authorization proxy-authorization Cookie set-cookie X-Seq-ApiKey x-api-key x-auth-token x-access-token x-amz-security-token x-csrf-token X-XSRF-TOKEN " +
  "cf-access-jwt-assertion x-session-id x-goog-iap-jwt-assertion apikey X-Auth-Key X-Vault-Token PRIVATE-TOKEN x-hub-signature Authentication";
const parameters = "token[] user[password] auth[token] filter.password code key sig auth pass user[otp]";
const harmless =
  "accept content-type content-length user-agent host etag x-request-id traceparent page limit q user id token_count secretary keyboard passenger " +
  "sessionless-not description author origin";

test("isCredentialName() knows credentials by the letters of their names, and by their ends", () => {
  for (const name of anywhere.split(" ")) assert.ok(isCredentialName(name), name);
  for (const name of harmless.split(" ").filter((name) => !name.includes("session"))) assert.ok(!isCredentialName(name), name);
});

test("isCredentialHeader() knows the headers that carry credentials", () => {
  for (const name of `${anywhere} ${headers}`.split(" ")) assert.ok(isCredentialHeader(name), name);
  for (const name of harmless.split(" ").filter((name) => !name.includes("session"))) assert.ok(!isCredentialHeader(name), name);
});

test("isCredentialParameter() reads names in brackets, too", () => {
  for (const name of `${anywhere} ${parameters}`.split(" ")) assert.ok(isCredentialParameter(name), name);
  for (const name of ["user[name]", "page[size]", "filter[status]", "zipcode", "keyword", "author"]) {
    assert.ok(!isCredentialParameter(name), name);
  }
});

test("isCredentialField() knows in plain data only what headers are called", () => {
  for (const name of "authorization Authorization cookie Set-Cookie set_cookie proxyAuthorization x-auth-token X-Api-Key".split(" ")) {
    assert.ok(isCredentialField(name), name);
  }
  for (const name of "password accessToken session code token user-name cookies-accepted".split(" ")) {
    assert.ok(!isCredentialField(name), name);
  }
});

test("a name of any length is looked at in the same time", () => {
  const long = `${"-".repeat(1_000_000)}token`;
  for (const isOne of [isCredentialName, isCredentialHeader, isCredentialParameter, isCredentialField]) assert.ok(isOne(long));
});

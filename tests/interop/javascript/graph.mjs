// How every suite of this folder reaches the server: host and credential, and nothing else.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { ClientSecretCredential } from "@azure/identity";
import { Client } from "@microsoft/microsoft-graph-client";
import { TokenCredentialAuthenticationProvider } from "@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js";

export const facts = JSON.parse(readFileSync(process.env.VESTIBULE_FACTS, "utf8"));

const credential = new ClientSecretCredential(facts.tenant, facts.client_id, facts.client_secret, {
  authorityHost: facts.base_url,
  disableInstanceDiscovery: true,
});

export const client = Client.initWithMiddleware({
  authProvider: new TokenCredentialAuthenticationProvider(credential, {
    scopes: ["https://graph.microsoft.com/.default"],
  }),
  baseUrl: facts.base_url,
  customHosts: new Set(["localhost"]), // without the port, or no token is sent
});

export const VERSIONS = ["v1.0", "beta"];

/** Requests below `path` of one version: `at("/identity/b2xUserFlows")("/id").get()`. */
export const below = (version, path) => (rest = "") => client.api(path + rest).version(version);

/** The ids of a collection's members, all pages. */
export async function ids(request) {
  const page = await request.get();
  assert.equal(page["@odata.nextLink"], undefined);
  return page.value.map((one) => one.id);
}

/** The promise fails with Graph's error and this status. */
export async function refused(promise, ...statuses) {
  const error = await promise.then(
    (answer) => assert.fail(`not refused: ${JSON.stringify(answer)}`),
    (reason) => reason,
  );
  assert.ok(statuses.includes(error.statusCode), `${error.statusCode} ${error.code}: ${error.message}`);
  assert.ok(error.code && error.requestId && error.message);
  return error;
}

/** Delete it, and see that it is gone. */
export async function deleted(request) {
  assert.equal(await request().delete(), undefined);
  await refused(request().get(), 404);
}

/** What a reference body names: `{"@odata.id": ...}`. */
export const reference = (version, path) => ({ "@odata.id": `${facts.base_url}/${version}${path}` });

/** A name that no other run on this server has used. */
export const fresh = (prefix) => `${prefix}${Date.now().toString(36)}${Math.floor(Math.random() * 1e6)}`;

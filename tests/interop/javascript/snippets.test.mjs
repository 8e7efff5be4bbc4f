// The documentation's examples of creating user flows, their bodies as printed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, ids } from "./graph.mjs";

// By what is listed: reading B2X_1_Partner would find the other flow, B2X_1_partner, too.
const remove = async (version, path, id) => {
  const all = await ids(client.api(path).version(version));
  if (all.includes(id)) await client.api(`${path}/${id}`).version(version).delete();
};

const connector = async () => (await client.api("/identity/apiConnectors").get()).value[0].id;

test("b2x example 1: default values", async () => {
  await remove("v1.0", "/identity/b2xUserFlows", "B2X_1_Partner");
  const b2xIdentityUserFlow = {
    id: "Partner",
    userFlowType: "signUpOrSignIn",
    userFlowTypeVersion: 1,
  };
  const result = await client.api("/identity/b2xUserFlows").post(b2xIdentityUserFlow);
  assert.equal(result.id, "B2X_1_Partner");
  assert.equal(result.userFlowTypeVersion, 1);
  await remove("v1.0", "/identity/b2xUserFlows", "B2X_1_Partner");
});

test("b2x example 2: an identity provider", async () => {
  await remove("v1.0", "/identity/b2xUserFlows", "B2X_1_Partner");
  const b2xIdentityUserFlow = {
    id: "Partner",
    userFlowType: "signUpOrSignIn",
    userFlowTypeVersion: 1,
    identityProviders: [{ id: "Facebook-OAuth", type: "Facebook", name: "Facebook" }],
  };
  await client.api("/identity/b2xUserFlows").post(b2xIdentityUserFlow);
  const flow = "/identity/b2xUserFlows/B2X_1_Partner";
  assert.ok((await ids(client.api(`${flow}/userFlowIdentityProviders`))).includes("Facebook-OAUTH"));
  await remove("v1.0", "/identity/b2xUserFlows", "B2X_1_Partner");
});

test("b2x example 3: API connectors", async () => {
  await remove("v1.0", "/identity/b2xUserFlows", "B2X_1_UserFlowWithAPIConnector");
  const id = await connector();
  const link = { "@odata.id": "https://graph.microsoft.com/v1/identity/apiConnectors/{id}".replace("{id}", id) };
  const b2xIdentityUserFlow = {
    id: "UserFlowWithAPIConnector",
    userFlowType: "signUpOrSignIn",
    userFlowTypeVersion: 1,
    apiConnectorConfiguration: { postFederationSignup: link, postAttributeCollection: link },
  };
  await client.api("/identity/b2xUserFlows").post(b2xIdentityUserFlow);
  const flow = "/identity/b2xUserFlows/B2X_1_UserFlowWithAPIConnector";
  const step = await client.api(`${flow}/apiConnectorConfiguration/postFederationSignup`).get();
  assert.equal(step.id, id);
  await remove("v1.0", "/identity/b2xUserFlows", "B2X_1_UserFlowWithAPIConnector");
});

test("b2c example 1: default values", async () => {
  await remove("beta", "/identity/b2cUserFlows", "B2C_1_Customer");
  const b2cIdentityUserFlow = {
    id: "Customer",
    userFlowType: "signUpOrSignIn",
    userFlowTypeVersion: 3,
  };
  const result = await client.api("/identity/b2cUserFlows").version("beta").post(b2cIdentityUserFlow);
  delete result["@odata.context"];
  assert.deepEqual(result, {
    id: "B2C_1_Customer",
    userFlowType: "signUpOrSignIn",
    userFlowTypeVersion: 3,
    isLanguageCustomizationEnabled: false,
    defaultLanguageTag: "en",
    authenticationMethods: "emailWithPassword",
    tokenClaimsConfiguration: { isIssuerEntityUserFlow: false },
    apiConnectorConfiguration: {},
  });
  await remove("beta", "/identity/b2cUserFlows", "B2C_1_Customer");
});

test("b2c example 2: an identity provider", async () => {
  await remove("beta", "/identity/b2cUserFlows", "B2C_1_Customer");
  const b2cIdentityUserFlow = {
    id: "Customer",
    userFlowType: "signUpOrSignIn",
    userFlowTypeVersion: 3,
    identityProviders: [{ id: "Facebook-OAuth" }],
  };
  const result = await client.api("/identity/b2cUserFlows").version("beta").post(b2cIdentityUserFlow);
  assert.equal(result.authenticationMethods, "0");
  const flow = "/identity/b2cUserFlows/B2C_1_Customer";
  assert.deepEqual(await ids(client.api(`${flow}/identityProviders`).version("beta")), ["Facebook-OAUTH"]);
  await remove("beta", "/identity/b2cUserFlows", "B2C_1_Customer");
});

test("b2c example 3: API connectors", async () => {
  await remove("beta", "/identity/b2cUserFlows", "B2C_1_UserFlowWithAPIConnector");
  const id = await connector();
  const b2cIdentityUserFlow = {
    id: "UserFlowWithAPIConnector",
    userFlowType: "signUpOrSignIn",
    userFlowTypeVersion: 1,
    apiConnectorConfiguration: {
      postFederationSignup: { "@odata.id": "{apiConnectorId}".replace("{apiConnectorId}", id) },
      postAttributeCollection: { "@odata.id": "{apiConnectorId}".replace("{apiConnectorId}", id) },
    },
  };
  const result = await client.api("/identity/b2cUserFlows").version("beta").post(b2cIdentityUserFlow);
  assert.deepEqual(result.apiConnectorConfiguration, {});
  const flow = "/identity/b2cUserFlows/B2C_1_UserFlowWithAPIConnector";
  const steps = "postFederationSignup,postAttributeCollection";
  const linked = await client.api(`${flow}/apiConnectorConfiguration`).version("beta").expand(steps).get();
  assert.equal(linked.postAttributeCollection.id, id);
  await remove("beta", "/identity/b2cUserFlows", "B2C_1_UserFlowWithAPIConnector");
});

// identityProviders, new and old: every subtype's life.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VERSIONS, below, deleted, fresh, ids, refused } from "./graph.mjs";

const social = { displayName: "Login with Amazon", clientId: "56433757", clientSecret: "not-shown" };
const openId = {
  clientId: "56433757",
  clientSecret: "not-shown",
  claimsMapping: { userId: "sub", displayName: "name", email: "email" },
  domainHint: "contoso",
  metadataUrl: "https://login.contoso.example/.well-known/openid-configuration",
  responseMode: "form_post",
  responseType: "code",
  scope: "openid",
};

const SUBTYPES = [
  {
    versions: VERSIONS,
    type: "socialIdentityProvider",
    body: { ...social, identityProviderType: "Amazon" },
    id: /^Amazon-OAUTH$/i,
    change: { displayName: "Amazon again", clientId: "7" },
  },
  {
    versions: VERSIONS,
    type: "appleManagedIdentityProvider",
    body: {
      displayName: "Sign in with Apple",
      developerId: "UBF8T346G9",
      serviceId: "com.contoso.app.signin",
      keyId: "99P6D879C4",
      certificateData: "not-shown",
    },
    id: /^Apple-Managed-OIDC$/,
    change: { displayName: "Apple again" },
  },
  {
    versions: ["beta"],
    type: "openIdConnectIdentityProvider",
    body: { ...openId, displayName: "Contoso" },
    id: /^OIDC-V1-/,
    change: { displayName: "Contoso again", scope: "openid email" },
  },
  {
    versions: VERSIONS,
    type: "oidcIdentityProvider",
    body: {
      displayName: "Workforce",
      clientId: "56433757",
      issuer: "https://login.contoso.example",
      wellKnownEndpoint: "https://login.contoso.example/.well-known/openid-configuration",
      responseType: "code",
      scope: "openid profile email",
      clientAuthentication: {
        "@odata.type": "#microsoft.graph.oidcClientSecretAuthentication",
        clientSecret: "not-shown",
      },
      inboundClaimMapping: { sub: "sub", name: "name", email: "email" },
    },
    id: /^[0-9a-f-]{36}$/,
    change: { displayName: "Workforce again" },
  },
];

for (const { versions, type, body, id, change } of SUBTYPES) {
  for (const version of versions) {
    test(`${version}: ${type}`, async () => {
      const providers = below(version, "/identity/identityProviders");
      const named = { "@odata.type": `microsoft.graph.${type}` };
      const made = await providers().post({ ...named, ...body });
      assert.match(made.id, id);
      assert.equal(made["@odata.type"], `#microsoft.graph.${type}`);
      const read = await providers(`/${made.id}`).get();
      assert.equal(read["@odata.type"], `#microsoft.graph.${type}`);
      assert.ok(!JSON.stringify(read).includes("not-shown"));
      assert.equal(read.displayName, body.displayName);
      assert.ok((await ids(providers())).includes(made.id));
      assert.equal(await providers(`/${made.id}`).patch({ ...named, ...change }), undefined);
      assert.equal((await providers(`/${made.id}`).get()).displayName, change.displayName);
      await deleted(() => providers(`/${made.id}`));
    });
  }
}

for (const version of VERSIONS) {
  test(`${version}: built-in providers are there and stay`, async () => {
    const providers = below(version, "/identity/identityProviders");
    const all = (await providers().get()).value;
    const builtIn = all.filter((one) => one["@odata.type"] === "#microsoft.graph.builtInIdentityProvider");
    assert.ok(builtIn.some((one) => one.id === "EmailOtpSignup-OAUTH"));
    assert.equal(Number(await providers("/$count").get()), all.length);
    const error = await refused(providers("/EmailOtpSignup-OAUTH").delete(), 400, 403, 405, 409);
    assert.ok(error.message.length > 10);
    for (const spelling of ["availableProviderTypes", "availableProviderTypes()"]) {
      assert.ok((await providers(`/${spelling}`).get()).value.includes("Google"));
    }
  });

  test(`${version}: an old identityProvider`, async () => {
    const providers = below(version, "/identityProviders");
    const made = await providers().post({
      "@odata.type": "microsoft.graph.identityProvider",
      name: "Login with Amazon",
      type: "Amazon",
      clientId: "56433757",
      clientSecret: "not-shown",
    });
    assert.match(made.id, /^Amazon-OAUTH$/i);
    assert.ok((await ids(providers())).includes(made.id));
    assert.ok(Number(await providers("/$count").get()) > 0);
    await providers(`/${made.id}`).patch({ name: "Amazon again" });
    const read = await providers(`/${made.id}`).get();
    assert.equal(read.name, "Amazon again");
    assert.notEqual(read.clientSecret, "not-shown");
    const same = await below(version, "/identity/identityProviders")(`/${made.id}`).get();
    assert.equal(same.displayName, "Amazon again");
    assert.ok((await providers("/availableProviderTypes()").get()).value.includes("Google"));
    await deleted(() => providers(`/${made.id}`));
  });
}

test("beta: an old openIdConnectProvider", async () => {
  const providers = below("beta", "/identityProviders");
  const made = await providers().post({
    "@odata.type": "microsoft.graph.openIdConnectProvider",
    name: fresh("Contoso"),
    type: "OpenIdConnect",
    ...openId,
  });
  assert.match(made.id, /OIDC/);
  const read = await providers(`/${made.id}`).get();
  assert.equal(read["@odata.type"], "#microsoft.graph.openIdConnectProvider");
  assert.equal(read.metadataUrl, openId.metadataUrl);
  await deleted(() => providers(`/${made.id}`));
});

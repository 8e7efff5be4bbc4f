// b2cUserFlows, b2xUserFlows and the old userFlows: the life of a flow and its identity providers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PageIterator } from "@microsoft/microsoft-graph-client";
import { VERSIONS, below, client, deleted, fresh, ids, reference, refused } from "./graph.mjs";

const KINDS = [
  ["b2c", "beta"],
  ...VERSIONS.map((version) => ["b2x", version]),
];

for (const [kind, version] of KINDS) {
  const flows = below(version, `/identity/${kind}UserFlows`);
  const prefix = kind === "b2c" ? "B2C_1_" : "B2X_1_";
  const make = (more = {}) =>
    flows().post({ id: fresh("js"), userFlowType: "signUpOrSignIn", userFlowTypeVersion: 1, ...more });

  test(`${kind} ${version}: a flow is made, listed, read and deleted`, async () => {
    const before = Number(await flows("/$count").get());
    const made = await make();
    assert.ok(made.id.startsWith(prefix));
    assert.ok((await ids(flows())).includes(made.id));
    assert.equal(Number(await flows("/$count").get()), before + 1);
    const read = await flows(`/${made.id}`).get();
    assert.equal(read.userFlowType, "signUpOrSignIn");
    assert.equal(read.userFlowTypeVersion, 1);
    assert.equal((await flows(`('${made.id}')`).get()).id, made.id);
    const found = await flows().filter(`id eq '${made.id}'`).select(["id", "userFlowType"]).get();
    assert.deepEqual(found.value, [{ id: made.id, userFlowType: "signUpOrSignIn" }]);
    assert.equal((await refused(make({ id: made.id }), 409)).code, "AADB2C");
    await deleted(() => flows(`/${made.id}`));
  });

  test(`${kind} ${version}: a flow is updated`, async () => {
    const made = await make();
    if (kind === "b2c") {
      const change = { isLanguageCustomizationEnabled: true, defaultLanguageTag: "de" };
      assert.equal(await flows(`/${made.id}`).patch(change), undefined);
      const read = await flows(`/${made.id}`).get();
      assert.equal(read.isLanguageCustomizationEnabled, true);
      assert.equal(read.defaultLanguageTag, "de");
    }
    await refused(flows(`/${made.id}`).patch({ userFlowType: "signIn" }), 400);
    await deleted(() => flows(`/${made.id}`));
  });

  test(`${kind} ${version}: pages are followed`, async () => {
    const made = [await make(), await make(), await make()];
    const seen = [];
    const first = await flows().top(2).get();
    assert.equal(first.value.length, 2);
    const pages = new PageIterator(client, first, (flow) => seen.push(flow.id));
    await pages.iterate();
    for (const { id } of made) {
      assert.equal(seen.filter((other) => other === id).length, 1);
      await deleted(() => flows(`/${id}`));
    }
  });

  for (const [navigation, providers] of [
    ["userFlowIdentityProviders", "/identity/identityProviders"],
    ["identityProviders", "/identityProviders"],
  ]) {
    test(`${kind} ${version}: ${navigation} are linked and unlinked`, async () => {
      const made = await make();
      const linked = below(version, `/identity/${kind}UserFlows/${made.id}/${navigation}`);
      const before = await ids(linked());
      assert.ok(!before.includes("Facebook-OAUTH"));
      const facebook = reference(version, `${providers}/Facebook-OAUTH`);
      await linked("/$ref").post(facebook);
      assert.deepEqual((await ids(linked())).sort(), [...before, "Facebook-OAUTH"].sort());
      assert.equal(Number(await linked("/$count").get()), before.length + 1);
      assert.equal((await linked("/Facebook-OAUTH").get()).id, "Facebook-OAUTH");
      const references = (await linked("/$ref").get()).value.map((one) => one["@odata.id"]);
      assert.ok(references.some((url) => url.includes("Facebook-OAUTH")));
      const expanded = await flows(`/${made.id}`).expand(navigation).get();
      assert.ok(expanded[navigation].some((one) => one.id === "Facebook-OAUTH"));
      await linked("/Facebook-OAUTH/$ref").delete();
      assert.deepEqual(await ids(linked()), before);
      await linked("/$ref").post(facebook);
      await linked("/$ref").query({ "@id": encodeURIComponent(facebook["@odata.id"]) }).delete();
      assert.deepEqual(await ids(linked()), before);
      await refused(linked("/$ref").post(reference(version, `${providers}/Nobody-OAUTH`)), 400, 404);
      await deleted(() => flows(`/${made.id}`));
    });
  }
}

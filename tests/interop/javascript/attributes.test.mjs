// userFlowAttributes, and what a flow makes of them: userAttributeAssignments and their order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VERSIONS, below, deleted, fresh, ids, refused } from "./graph.mjs";

const KINDS = [
  ["b2c", "beta"],
  ...VERSIONS.map((version) => ["b2x", version]),
];

const attribute = (version, dataType) =>
  below(version, "/identity/userFlowAttributes")().post({
    displayName: fresh("Shoe Size "),
    description: "Your shoe size",
    dataType,
  });

for (const version of VERSIONS) {
  const attributes = below(version, "/identity/userFlowAttributes");

  for (const dataType of ["string", "boolean", "int64"]) {
    test(`${version}: a custom attribute of type ${dataType}`, async () => {
      const made = await attribute(version, dataType);
      assert.match(made.id, /^extension_[0-9a-f]{32}_ShoeSize/);
      assert.equal(made.userFlowAttributeType, "custom");
      assert.equal(made.dataType, dataType);
      assert.ok((await ids(attributes())).includes(made.id));
      await attributes(`/${made.id}`).patch({ description: "In European sizes" });
      assert.equal((await attributes(`/${made.id}`).get()).description, "In European sizes");
      await deleted(() => attributes(`/${made.id}`));
    });
  }

  test(`${version}: built-in attributes are there and stay`, async () => {
    const page = await attributes().filter("userFlowAttributeType eq 'builtIn'").get();
    assert.ok(page.value.length > 3);
    assert.ok(Number(await attributes("/$count").get()) >= page.value.length);
    await refused(attributes(`/${page.value[0].id}`).delete(), 400, 403, 405, 409);
  });
}

for (const [kind, version] of KINDS) {
  test(`${kind} ${version}: attributes are assigned, ordered and taken away`, async () => {
    const flows = below(version, `/identity/${kind}UserFlows`);
    const custom = await attribute(version, "string");
    const flow = await flows().post({ id: fresh("attr"), userFlowType: "signUpOrSignIn", userFlowTypeVersion: 1 });
    const assigned = below(version, `/identity/${kind}UserFlows/${flow.id}/userAttributeAssignments`);
    const before = await ids(assigned());
    const assign = (id, more) =>
      assigned().post({
        isOptional: false,
        requiresVerification: false,
        userInputType: "textBox",
        displayName: "Asked here",
        userAttributeValues: [],
        userAttribute: { id },
        ...more,
      });
    const values = [
      { name: "Large", value: "L", isDefault: false },
      { name: "Small", value: "S", isDefault: true },
    ];
    const made = await assign(custom.id, { userInputType: "radioSingleSelect", userAttributeValues: values });
    assert.equal(made.id, custom.id);
    await assign("city");
    const all = await ids(assigned());
    assert.equal(all.length, before.length + 2);
    assert.equal(Number(await assigned("/$count").get()), all.length);
    const read = await assigned(`/${made.id}`).expand("userAttribute").get();
    assert.deepEqual(read.userAttributeValues, values);
    assert.equal(read.userAttribute.id, custom.id);
    assert.equal((await assigned(`/${made.id}/userAttribute`).get()).dataType, "string");
    await assigned(`/${made.id}`).patch({ isOptional: true, displayName: "Your size" });
    const changed = await assigned(`/${made.id}`).get();
    assert.equal(changed.isOptional, true);
    assert.equal(changed.displayName, "Your size");

    const order = (await assigned("/getOrder").get()).order;
    assert.deepEqual([...order].sort(), [...all].sort());
    const turned = [...order].reverse();
    await assigned("/setOrder").post({ newAssignmentOrder: { order: turned } });
    assert.deepEqual((await assigned("/getOrder()").get()).order, turned);

    const inUse = await refused(below(version, "/identity/userFlowAttributes")(`/${custom.id}`).delete(), 400, 409);
    assert.ok(inUse.message.includes(flow.id));
    await deleted(() => assigned(`/${made.id}`));
    await deleted(() => flows(`/${flow.id}`));
    await deleted(() => below(version, "/identity/userFlowAttributes")(`/${custom.id}`));
  });
}

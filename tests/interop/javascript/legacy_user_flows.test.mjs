// The old /identity/userFlows: b2c flows under their former name.
import assert from "node:assert/strict";
import { test } from "node:test";
import { below, client, deleted, fresh, ids } from "./graph.mjs";

test("an old user flow is made, listed, read, updated and deleted", async () => {
  const flows = below("beta", "/identity/userFlows");
  const name = fresh("Old");
  const made = await flows().post({ id: name, userFlowType: "signUpOrSignIn", userFlowTypeVersion: 1 });
  assert.equal(made.id, `B2C_1_${name}`);
  assert.ok((await ids(flows())).includes(made.id));
  assert.ok(Number(await flows("/$count").get()) > 0);
  assert.equal((await flows(`/${made.id}`).get()).userFlowType, "signUpOrSignIn");
  const same = await client.api(`/identity/b2cUserFlows/${made.id}`).version("beta").get();
  assert.equal(same.userFlowTypeVersion, 1);
  await flows(`/${made.id}`).patch({ userFlowTypeVersion: 1 });
  await deleted(() => flows(`/${made.id}`));
});

// policies/authenticationFlowsPolicy: whether people may sign themselves up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VERSIONS, below } from "./graph.mjs";

for (const version of VERSIONS) {
  test(`${version}: self-service sign-up is turned on and off`, async () => {
    const policy = below(version, "/policies/authenticationFlowsPolicy");
    const before = (await policy().get()).selfServiceSignUp.isEnabled;
    await policy().patch({ selfServiceSignUp: { isEnabled: !before } });
    assert.equal((await policy().get()).selfServiceSignUp.isEnabled, !before);
    await policy().patch({ selfServiceSignUp: { isEnabled: before } });
  });
}

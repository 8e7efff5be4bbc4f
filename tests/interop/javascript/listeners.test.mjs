// events/onSignupStart: the listeners that link applications to b2x flows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { below, deleted, facts, fresh, ids } from "./graph.mjs";

test("an application is linked to a b2x flow by a listener", async () => {
  const flows = below("beta", "/identity/b2xUserFlows");
  const listeners = below("beta", "/identity/events/onSignupStart");
  const flow = await flows().post({ id: fresh("event"), userFlowType: "signUpOrSignIn", userFlowTypeVersion: 1 });
  const body = {
    "@odata.type": "#microsoft.graph.invokeUserFlowListener",
    priority: 101,
    sourceFilter: { includeApplications: [facts.client_id] },
    userFlow: { id: flow.id },
  };
  const made = await listeners().post(body);
  assert.ok((await ids(listeners())).includes(made.id));
  const read = await listeners(`/${made.id}`).get();
  assert.equal(read["@odata.type"], "#microsoft.graph.invokeUserFlowListener");
  assert.deepEqual(read.sourceFilter.includeApplications, [facts.client_id]);
  await listeners(`/${made.id}`).put({ ...body, priority: 102 });
  assert.equal((await listeners(`/${made.id}`).get()).priority, 102);
  await deleted(() => listeners(`/${made.id}`));
  await deleted(() => flows(`/${flow.id}`));
});

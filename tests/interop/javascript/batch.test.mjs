// JSON batching through the client's own BatchRequestContent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BatchRequestContent, BatchResponseContent } from "@microsoft/microsoft-graph-client";
import { VERSIONS, client, facts, fresh } from "./graph.mjs";

const request = (path, method = "GET", body = undefined) =>
  new Request(`${facts.base_url}${path}`, {
    method,
    body: body && JSON.stringify(body),
    headers: body && { "Content-Type": "application/json" },
  });

const send = async (version, steps) => {
  const content = await new BatchRequestContent(steps).getContent();
  return new BatchResponseContent(await client.api("/$batch").version(version).post(content));
};

for (const version of VERSIONS) {
  test(`${version}: requests that depend on each other`, async () => {
    const id = fresh("batch");
    const flows = "/identity/b2xUserFlows";
    const answer = await send(version, [
      { id: "1", request: request(flows, "POST", { id, userFlowType: "signUpOrSignIn", userFlowTypeVersion: 1 }) },
      { id: "2", request: request(`${flows}/B2X_1_${id}`), dependsOn: ["1"] },
      { id: "3", request: request(`${flows}/B2X_1_${id}`, "DELETE"), dependsOn: ["2"] },
    ]);
    assert.deepEqual(["1", "2", "3"].map((one) => answer.getResponseById(one).status), [201, 200, 204]);
    assert.equal((await answer.getResponseById("2").json()).id, `B2X_1_${id}`);
  });

  test(`${version}: what depends on a failure is not tried`, async () => {
    const flows = "/identity/b2xUserFlows";
    const answer = await send(version, [
      { id: "1", request: request(`${flows}/B2X_1_nothing`) },
      { id: "2", request: request(flows), dependsOn: ["1"] },
    ]);
    assert.equal(answer.getResponseById("1").status, 404);
    assert.equal(answer.getResponseById("2").status, 424);
  });

  test(`${version}: twenty requests`, async () => {
    const steps = Array.from({ length: 20 }, (_, at) => ({
      id: String(at),
      request: request("/identity/identityProviders"),
    }));
    const answer = await send(version, steps);
    for (const [, one] of answer.getResponses()) assert.equal(one.status, 200);
  });
}

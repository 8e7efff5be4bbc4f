// apiConnectors, and the steps of a flow that call them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VERSIONS, below, deleted, facts, fresh, ids, reference } from "./graph.mjs";

const basic = (password) => ({
  "@odata.type": "#microsoft.graph.basicAuthentication",
  username: "caller",
  password,
});

const make = (version) =>
  below(version, "/identity/apiConnectors")().post({
    displayName: fresh("Connector "),
    targetUrl: "https://api.contoso.example/check",
    authenticationConfiguration: basic("not-shown"),
  });

for (const version of VERSIONS) {
  const connectors = below(version, "/identity/apiConnectors");

  test(`${version}: a connector is made, listed, read, updated and deleted`, async () => {
    const made = await make(version);
    assert.equal(made.authenticationConfiguration["@odata.type"], "#microsoft.graph.basicAuthentication");
    assert.ok((await ids(connectors())).includes(made.id));
    assert.ok(Number(await connectors("/$count").get()) > 0);
    await connectors(`/${made.id}`).patch({ displayName: "Renamed", authenticationConfiguration: basic("other") });
    const read = await connectors(`/${made.id}`).get();
    assert.equal(read.displayName, "Renamed");
    assert.match(read.authenticationConfiguration.password, /^\*+$/);
    await deleted(() => connectors(`/${made.id}`));
  });

  test(`${version}: a client certificate is uploaded`, async () => {
    const made = await make(version);
    const upload = { pkcs12Value: facts.pkcs12, password: facts.pkcs12_password };
    const with_ = await connectors(`/${made.id}/uploadClientCertificate`).post(upload);
    assert.equal(with_.id, made.id);
    const authentication = (await connectors(`/${made.id}`).get()).authenticationConfiguration;
    assert.equal(authentication["@odata.type"], "#microsoft.graph.clientCertificateAuthentication");
    assert.deepEqual(
      authentication.certificateList.map(({ thumbprint, isActive }) => [thumbprint, isActive]),
      [[facts.pkcs12_thumbprint, true]],
    );
    await deleted(() => connectors(`/${made.id}`));
  });
}

for (const [kind, version] of [
  ["b2c", "beta"],
  ["b2x", "v1.0"],
  ["b2x", "beta"],
]) {
  const steps = ["postFederationSignup", "postAttributeCollection"];
  if (version === "beta") steps.push("preTokenIssuance");

  const upload = { pkcs12Value: facts.pkcs12, password: facts.pkcs12_password };

  test(`${kind} ${version}: each step calls the connector it is linked to`, async () => {
    const flows = below(version, `/identity/${kind}UserFlows`);
    const flow = await flows().post({ id: fresh("api"), userFlowType: "signUpOrSignIn", userFlowTypeVersion: 1 });
    const configuration = below(version, `/identity/${kind}UserFlows/${flow.id}/apiConnectorConfiguration`);
    const linked = async (step) => (await configuration().expand(step).get())[step];
    for (const step of steps) {
      const connector = await make(version);
      const link = reference(version, `/identity/apiConnectors/${connector.id}`);
      assert.equal(await linked(step), null);
      await configuration(`/${step}/$ref`).put(link);
      assert.equal((await linked(step)).id, connector.id);
      assert.equal((await configuration(`/${step}`).get()).displayName, connector.displayName);
      assert.ok((await configuration(`/${step}/$ref`).get())["@odata.id"].includes(connector.id));
      await configuration(`/${step}/$ref`).put({});
      assert.equal(await linked(step), null);
      await configuration(`/${step}/$ref`).put(link);
      if (kind === "b2x") {
        await configuration(`/${step}`).patch({ displayName: `For ${step}` });
        await configuration(`/${step}/uploadClientCertificate`).post(upload);
        const read = await below(version, "/identity/apiConnectors")(`/${connector.id}`).get();
        assert.equal(read.displayName, `For ${step}`);
        assert.match(read.authenticationConfiguration["@odata.type"], /clientCertificateAuthentication$/);
      }
      await configuration(`/${step}/$ref`).delete();
      assert.equal(await linked(step), null);
      await deleted(() => below(version, "/identity/apiConnectors")(`/${connector.id}`));
    }
    await deleted(() => flows(`/${flow.id}`));
  });
}

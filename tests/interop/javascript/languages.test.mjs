// The languages of a flow, their pages, and the texts on them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ResponseType } from "@microsoft/microsoft-graph-client";
import { VERSIONS, below, deleted, fresh, ids, refused } from "./graph.mjs";

const KINDS = [
  ["b2c", "beta"],
  ...VERSIONS.map((version) => ["b2x", version]),
];

const content = (request) => request.responseType(ResponseType.JSON).get();

for (const [kind, version] of KINDS) {
  const flows = below(version, `/identity/${kind}UserFlows`);

  test(`${kind} ${version}: languages, pages and their texts`, async () => {
    const flow = await flows().post({ id: fresh("lang"), userFlowType: "signUpOrSignIn", userFlowTypeVersion: 1 });
    const languages = below(version, `/identity/${kind}UserFlows/${flow.id}/languages`);
    if (kind === "b2c") {
      await flows(`/${flow.id}`).patch({ isLanguageCustomizationEnabled: true });
      await languages("/es").put({ id: "es", isEnabled: true });
    } else {
      await refused(languages("/es").put({ isEnabled: false }), 400, 405);
    }
    const tags = await ids(languages());
    assert.ok(tags.includes("es"));
    assert.equal(Number(await languages("/$count").get()), tags.length);
    assert.equal((await languages("/es").get()).isEnabled, true);

    const pages = await ids(languages("/es/defaultPages"));
    assert.ok(pages.length > 0);
    assert.deepEqual(await ids(languages("/es/overridesPages")), pages);
    const page = pages[0];
    assert.equal((await languages(`/es/defaultPages/${page}`).get()).id, page);
    const texts = await content(languages(`/es/defaultPages/${page}/$value`));
    const [first] = texts.LocalizedStrings;
    assert.ok(first.StringId && first.Override === false);

    const put = { LocalizedStrings: [{ ...first, Override: true, Value: "Hola" }] };
    await languages(`/es/overridesPages/${page}/$value`).put(put);
    const named = (one) => one.ElementType === first.ElementType && one.ElementId === first.ElementId && one.StringId === first.StringId;
    const text = async () => (await content(languages(`/es/overridesPages/${page}/$value`))).LocalizedStrings.find(named);
    assert.equal((await text()).Value, "Hola");
    assert.equal((await text()).Override, true);
    await languages(`/es/overridesPages/${page}/$value`).delete();
    assert.equal((await text()).Value, first.Value);
    await refused(languages(`/es/defaultPages/${page}/$value`).put(put), 400, 405);
    await deleted(() => flows(`/${flow.id}`));
  });
}

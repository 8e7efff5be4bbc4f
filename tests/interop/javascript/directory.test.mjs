// People and applications: what there is of the directory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VERSIONS, below, client, deleted, facts, fresh, ids } from "./graph.mjs";

const person = () => ({
  accountEnabled: true,
  displayName: "Ada Lovelace",
  mailNickname: "ada",
  userPrincipalName: `${fresh("ada")}@${facts.tenant}`,
  passwordProfile: { password: "Correct-horse-7", forceChangePasswordNextSignIn: false },
});

for (const version of VERSIONS) {
  test(`${version}: a user is made, listed, read, updated and deleted`, async () => {
    const users = below(version, "/users");
    const body = person();
    const made = await users().post(body);
    assert.equal(made.userPrincipalName, body.userPrincipalName);
    assert.ok(Number(await users("/$count").header("ConsistencyLevel", "eventual").get()) > 0);
    const filter = `userPrincipalName eq '${body.userPrincipalName}'`;
    assert.deepEqual(await ids(users().filter(filter).select("id")), [made.id]);
    await users(`/${made.id}`).patch({ city: "London" });
    const read = await users(`/${body.userPrincipalName}`).select(["id", "city", "displayName"]).get();
    assert.deepEqual([read.id, read.city], [made.id, "London"]);
    await deleted(() => users(`/${made.id}`));
  });

  test(`${version}: a local account is found by its identity`, async () => {
    const users = below(version, "/users");
    const issuerAssignedId = `${fresh("ada")}@contoso.example`;
    const made = await users().post({
      displayName: "Ada Lovelace",
      identities: [{ signInType: "emailAddress", issuer: facts.tenant, issuerAssignedId }],
      passwordProfile: { password: "Correct-horse-7", forceChangePasswordNextSignIn: false },
      passwordPolicies: "DisablePasswordExpiration",
    });
    const filter = `identities/any(c:c/issuerAssignedId eq '${issuerAssignedId}' and c/issuer eq '${facts.tenant}')`;
    const found = await users().filter(filter).select(["id", "identities"]).get();
    assert.deepEqual(found.value.map((one) => one.id), [made.id]);
    assert.ok(found.value[0].identities.some((one) => one.issuerAssignedId === issuerAssignedId));
    await deleted(() => users(`/${made.id}`));
  });

  test(`${version}: an application, its secret and its service principal`, async () => {
    const applications = below(version, "/applications");
    const principals = below(version, "/servicePrincipals");
    const made = await applications().post({
      displayName: fresh("Shop "),
      web: { redirectUris: ["https://shop.contoso.example/back"] },
    });
    assert.ok((await ids(applications().filter(`appId eq '${made.appId}'`))).includes(made.id));
    assert.equal((await below(version, "/")(`applications(appId='${made.appId}')`).get()).id, made.id);
    await applications(`/${made.id}`).patch({ displayName: "Renamed shop" });
    assert.equal((await applications(`/${made.id}`).get()).displayName, "Renamed shop");

    const secret = await applications(`/${made.id}/addPassword`).post({ passwordCredential: { displayName: "one" } });
    assert.ok(secret.secretText && secret.keyId);
    const listed = (await applications(`/${made.id}`).get()).passwordCredentials;
    assert.deepEqual(listed.map((one) => one.keyId), [secret.keyId]);
    assert.ok(!JSON.stringify(listed).includes(secret.secretText));
    await applications(`/${made.id}/removePassword`).post({ keyId: secret.keyId });
    assert.deepEqual((await applications(`/${made.id}`).get()).passwordCredentials, []);

    const principal = await principals().post({ appId: made.appId });
    assert.equal((await below(version, "/")(`servicePrincipals(appId='${made.appId}')`).get()).id, principal.id);
    assert.ok((await ids(principals().filter(`appId eq '${made.appId}'`))).includes(principal.id));
    await deleted(() => applications(`/${made.id}`));
  });

  test(`${version}: an extension property of an application`, async () => {
    const applications = below(version, "/applications");
    const made = await applications().post({ displayName: fresh("Extended ") });
    const properties = below(version, `/applications/${made.id}/extensionProperties`);
    const property = await properties().post({ name: "shoeSize", dataType: "String", targetObjects: ["User"] });
    assert.equal(property.name, `extension_${made.appId.replaceAll("-", "")}_shoeSize`);
    assert.deepEqual(await ids(properties()), [property.id]);
    assert.equal((await properties(`/${property.id}`).get()).dataType, "String");
    await deleted(() => properties(`/${property.id}`));
    await deleted(() => applications(`/${made.id}`));
  });

  test(`${version}: a guest is invited`, async () => {
    const invitation = await client.api("/invitations").version(version).post({
      invitedUserEmailAddress: `${fresh("guest")}@fabrikam.example`,
      inviteRedirectUrl: "https://shop.contoso.example",
      sendInvitationMessage: false,
    });
    assert.equal(invitation.status, "PendingAcceptance");
    const users = below(version, "/users");
    const guest = await users(`/${invitation.invitedUser.id}`).select(["id", "userType", "externalUserState"]).get();
    assert.deepEqual([guest.userType, guest.externalUserState], ["Guest", "PendingAcceptance"]);
    await deleted(() => users(`/${guest.id}`));
  });

  test(`${version}: the organization and its domains`, async () => {
    const [organization] = (await client.api("/organization").version(version).get()).value;
    assert.equal(organization.id, facts.tenant_id);
    assert.ok((await ids(client.api("/domains").version(version))).includes(facts.tenant));
  });
}

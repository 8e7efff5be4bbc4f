"""People and applications through the Python SDKs."""

from __future__ import annotations

from typing import Any

from interop.python_sdk import BOTH, Sdk, deleted, fresh, ids, query, run
from live import Live


@BOTH
def test_a_user_lives(live: Live, sdk: Sdk) -> None:
    async def story(graph: Any) -> None:
        name = f"{fresh('ada')}@{live.facts['tenant']}"
        made = await graph.users.post(
            sdk.User(
                account_enabled=True,
                display_name="Ada Lovelace",
                mail_nickname="ada",
                user_principal_name=name,
                password_profile=sdk.PasswordProfile(
                    password="Correct-horse-7", force_change_password_next_sign_in=False
                ),
            )
        )
        assert made.user_principal_name == name
        by_name = query(graph.users, filter=f"userPrincipalName eq '{name}'", select=["id"])
        assert ids(await graph.users.get(by_name)) == [made.id]
        one = graph.users.by_user_id(made.id)
        await one.patch(sdk.User(city="London"))
        named = graph.users.by_user_id(name)
        read = await named.get(query(named, select=["id", "city"]))
        assert (read.id, read.city) == (made.id, "London")
        await deleted(sdk, one)

    run(live, sdk, story)


@BOTH
def test_a_local_account_is_found_by_its_identity(live: Live, sdk: Sdk) -> None:
    async def story(graph: Any) -> None:
        issuer, address = live.facts["tenant"], f"{fresh('ada')}@contoso.example"
        made = await graph.users.post(
            sdk.User(
                display_name="Ada Lovelace",
                identities=[
                    sdk.ObjectIdentity(
                        sign_in_type="emailAddress", issuer=issuer, issuer_assigned_id=address
                    )
                ],
                password_profile=sdk.PasswordProfile(
                    password="Correct-horse-7", force_change_password_next_sign_in=False
                ),
                password_policies="DisablePasswordExpiration",
            )
        )
        any_ = f"c/issuerAssignedId eq '{address}' and c/issuer eq '{issuer}'"
        options = query(
            graph.users, filter=f"identities/any(c:{any_})", select=["id", "identities"]
        )
        [found] = (await graph.users.get(options)).value
        assert found.id == made.id
        assert address in [one.issuer_assigned_id for one in found.identities]
        await deleted(sdk, graph.users.by_user_id(made.id))

    run(live, sdk, story)


@BOTH
def test_an_application_lives(live: Live, sdk: Sdk) -> None:
    async def story(graph: Any) -> None:
        web = sdk.WebApplication(redirect_uris=["https://shop.contoso.example/back"])
        made = await graph.applications.post(sdk.Application(display_name=fresh("Shop "), web=web))
        one = graph.applications.by_application_id(made.id)
        by_app_id = query(graph.applications, filter=f"appId eq '{made.app_id}'")
        assert ids(await graph.applications.get(by_app_id)) == [made.id]
        assert (await graph.applications_with_app_id(made.app_id).get()).id == made.id
        await one.patch(sdk.Application(display_name="Renamed shop"))
        assert (await one.get()).display_name == "Renamed shop"
        await deleted(sdk, one)

    run(live, sdk, story)


@BOTH
def test_a_secret_is_added_and_removed(live: Live, sdk: Sdk) -> None:
    def request(action: str) -> Any:
        name = "".join(word.capitalize() for word in action.split("_"))
        module = f"applications.item.{action}.{action}_post_request_body"
        return sdk.find(module, f"{name}PostRequestBody")

    async def story(graph: Any) -> None:
        made = await graph.applications.post(sdk.Application(display_name=fresh("Secretive ")))
        one = graph.applications.by_application_id(made.id)
        named = sdk.PasswordCredential(display_name="one")
        secret = await one.add_password.post(request("add_password")(password_credential=named))
        assert secret.secret_text
        [listed] = (await one.get()).password_credentials
        assert (listed.key_id, listed.secret_text) == (secret.key_id, None)
        await one.remove_password.post(request("remove_password")(key_id=secret.key_id))
        assert (await one.get()).password_credentials == []
        await deleted(sdk, one)

    run(live, sdk, story)


@BOTH
def test_a_service_principal_lives(live: Live, sdk: Sdk) -> None:
    async def story(graph: Any) -> None:
        made = await graph.applications.post(sdk.Application(display_name=fresh("Served ")))
        principals = graph.service_principals
        principal = await principals.post(sdk.ServicePrincipal(app_id=made.app_id))
        assert (await graph.service_principals_with_app_id(made.app_id).get()).id == principal.id
        by_app_id = query(principals, filter=f"appId eq '{made.app_id}'")
        assert ids(await principals.get(by_app_id)) == [principal.id]
        await deleted(sdk, graph.applications.by_application_id(made.id))

    run(live, sdk, story)


@BOTH
def test_an_extension_property_lives(live: Live, sdk: Sdk) -> None:
    async def story(graph: Any) -> None:
        made = await graph.applications.post(sdk.Application(display_name=fresh("Extended ")))
        application = graph.applications.by_application_id(made.id)
        properties = application.extension_properties
        property_ = await properties.post(
            sdk.ExtensionProperty(name="shoeSize", data_type="String", target_objects=["User"])
        )
        assert property_.name == f"extension_{made.app_id.replace('-', '')}_shoeSize"
        assert ids(await properties.get()) == [property_.id]
        one = properties.by_extension_property_id(property_.id)
        assert (await one.get()).data_type == "String"
        await deleted(sdk, one)
        await deleted(sdk, application)

    run(live, sdk, story)


@BOTH
def test_a_guest_is_invited(live: Live, sdk: Sdk) -> None:
    async def story(graph: Any) -> None:
        invitation = await graph.invitations.post(
            sdk.Invitation(
                invited_user_email_address=f"{fresh('guest')}@fabrikam.example",
                invite_redirect_url="https://shop.contoso.example",
                send_invitation_message=False,
            )
        )
        assert invitation.status == "PendingAcceptance"
        one = graph.users.by_user_id(invitation.invited_user.id)
        guest = await one.get(query(one, select=["id", "userType", "externalUserState"]))
        assert (guest.user_type, guest.external_user_state) == ("Guest", "PendingAcceptance")
        await deleted(sdk, one)

    run(live, sdk, story)


@BOTH
def test_the_organization_and_its_domains_are_shown(live: Live, sdk: Sdk) -> None:
    async def story(graph: Any) -> None:
        [organization] = (await graph.organization.get()).value
        assert organization.id == live.facts["tenant_id"]
        assert live.facts["tenant"] in ids(await graph.domains.get())

    run(live, sdk, story)

"""What Microsoft documents of the directory's types, as far as they are served.

Every type of Microsoft's derives from directoryObject where ours does from entity, save user:
what is deleted is only kept of users. Source: graph-surface 10.9, 11.17; Microsoft Graph's CSDL.
"""

from __future__ import annotations

from collections.abc import Mapping

STRING, BOOLEAN, GUID, MOMENT = "Edm.String", "Edm.Boolean", "Edm.Guid", "Edm.DateTimeOffset"
STRINGS = f"Collection({STRING})"


def _texts(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, STRING)


DIRECTORY: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "organization": (
        "graph.entity",
        {
            **_texts("displayName", "tenantType"),
            "createdDateTime": MOMENT,
            "verifiedDomains": "Collection(graph.verifiedDomain)!",
        },
    ),
    "verifiedDomain": (
        "",
        {**_texts("capabilities", "name", "type"), "isDefault": BOOLEAN, "isInitial": BOOLEAN},
    ),
    "domain": (
        "graph.entity",
        {
            "authenticationType": f"{STRING}!",
            "supportedServices": f"{STRINGS}!",
            **dict.fromkeys(
                ("isAdminManaged", "isDefault", "isInitial", "isRoot", "isVerified"),
                f"{BOOLEAN}!",
            ),
        },
    ),
    "directory": ("graph.entity", {"deletedItems": "Collection(graph.directoryObject)+"}),
    "directoryObject": ("graph.entity", {"deletedDateTime": MOMENT}),
    "user": (
        "graph.directoryObject",
        {
            **_texts(
                "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
                "preferredLanguage", "surname", "userPrincipalName", "city", "companyName",
                "country", "creationType", "department", "employeeId", "externalUserState",
                "mailNickname", "passwordPolicies", "postalCode", "state", "streetAddress",
                "usageLocation", "userType",
            ),
            "businessPhones": f"{STRINGS}!",
            "otherMails": f"{STRINGS}!",
            "accountEnabled": f"{BOOLEAN}!",  # Microsoft's is nullable, and never null
            "createdDateTime": MOMENT,
            "externalUserStateChangeDateTime": MOMENT,
            "signInSessionsValidFromDateTime": MOMENT,
            "identities": "Collection(graph.objectIdentity)",
            "passwordProfile": "graph.passwordProfile",
        },
    ),
    "objectIdentity": ("", _texts("issuer", "issuerAssignedId", "signInType")),
    "passwordProfile": ("", {"forceChangePasswordNextSignIn": BOOLEAN, "password": STRING}),
    "application": (
        "graph.entity",
        {
            **_texts("appId", "description", "displayName", "signInAudience"),
            "api": "graph.apiApplication",
            "appRoles": "Collection(graph.appRole)!",
            "createdDateTime": MOMENT,
            "extensionProperties": "Collection(graph.extensionProperty)+",
            "identifierUris": f"{STRINGS}!",
            "isFallbackPublicClient": BOOLEAN,
            "keyCredentials": "Collection(graph.keyCredential)!",
            "passwordCredentials": "Collection(graph.passwordCredential)!",
            "publicClient": "graph.publicClientApplication",
            "requiredResourceAccess": "Collection(graph.requiredResourceAccess)!",
            "spa": "graph.spaApplication",
            "tags": f"{STRINGS}!",
            "web": "graph.webApplication",
        },
    ),
    "apiApplication": (
        "",
        {
            "oauth2PermissionScopes": "Collection(graph.permissionScope)!",
            "requestedAccessTokenVersion": "Edm.Int32",
        },
    ),
    "permissionScope": (
        "",
        {
            **_texts(
                "adminConsentDescription", "adminConsentDisplayName", "type",
                "userConsentDescription", "userConsentDisplayName", "value",
            ),
            "id": f"{GUID}!",
            "isEnabled": f"{BOOLEAN}!",
        },
    ),
    "appRole": (
        "",
        {
            **_texts("description", "displayName", "origin", "value"),
            "allowedMemberTypes": f"{STRINGS}!",
            "id": f"{GUID}!",
            "isEnabled": f"{BOOLEAN}!",
        },
    ),
    "webApplication": (
        "",
        {
            **_texts("homePageUrl", "logoutUrl"),
            "implicitGrantSettings": "graph.implicitGrantSettings",
            "redirectUris": f"{STRINGS}!",
        },
    ),
    "implicitGrantSettings": (
        "",
        {"enableAccessTokenIssuance": BOOLEAN, "enableIdTokenIssuance": BOOLEAN},
    ),
    "spaApplication": ("", {"redirectUris": f"{STRINGS}!"}),
    "publicClientApplication": ("", {"redirectUris": f"{STRINGS}!"}),
    "requiredResourceAccess": (
        "",
        {"resourceAccess": "Collection(graph.resourceAccess)!", "resourceAppId": f"{STRING}!"},
    ),
    "resourceAccess": ("", {"id": f"{GUID}!", "type": STRING}),
    "passwordCredential": (
        "",
        {
            **_texts("displayName", "hint", "secretText"),
            "endDateTime": MOMENT,
            "keyId": GUID,
            "startDateTime": MOMENT,
        },
    ),
    "keyCredential": (
        "",
        {
            **_texts("displayName", "type", "usage"),
            "endDateTime": MOMENT,
            "key": "Edm.Binary",
            "keyId": GUID,
            "startDateTime": MOMENT,
        },
    ),
    "extensionProperty": (
        "graph.entity",
        {
            "appDisplayName": STRING,
            "dataType": f"{STRING}!",
            "isMultiValued": f"{BOOLEAN}!",
            "isSyncedFromOnPremises": BOOLEAN,
            "name": f"{STRING}!",
            "targetObjects": f"{STRINGS}!",
        },
    ),
    "servicePrincipal": (
        "graph.entity",
        {
            **_texts("appDisplayName", "appId", "displayName", "servicePrincipalType"),
            "accountEnabled": f"{BOOLEAN}!",  # as of users
            "appRoleAssignmentRequired": f"{BOOLEAN}!",
            "appRoleAssignments": "Collection(graph.appRoleAssignment)+",
            "appRoles": "Collection(graph.appRole)!",
            "oauth2PermissionScopes": "Collection(graph.permissionScope)!",
            "servicePrincipalNames": f"{STRINGS}!",
            "tags": f"{STRINGS}!",
        },
    ),
    "appRoleAssignment": (
        "graph.entity",
        {
            **_texts("principalDisplayName", "principalType", "resourceDisplayName"),
            "appRoleId": f"{GUID}!",
            "createdDateTime": MOMENT,
            "principalId": GUID,
            "resourceId": GUID,
        },
    ),
    "oAuth2PermissionGrant": (
        "graph.entity",
        {
            **_texts("consentType", "principalId", "scope"),
            "clientId": f"{STRING}!",
            "resourceId": f"{STRING}!",
        },
    ),
    "directoryRole": (
        "graph.entity",
        {
            **_texts("description", "displayName", "roleTemplateId"),
            "members": "Collection(graph.user)",  # of Microsoft's, any directoryObject
        },
    ),
    "invitation": (
        "graph.entity",
        {
            **_texts("invitedUserDisplayName", "invitedUserType", "inviteRedeemUrl", "status"),
            "invitedUserEmailAddress": f"{STRING}!",
            "invitedUserMessageInfo": "graph.invitedUserMessageInfo",
            "inviteRedirectUrl": f"{STRING}!",
            "resetRedemption": BOOLEAN,
            "sendInvitationMessage": BOOLEAN,
        },
    ),
    "invitedUserMessageInfo": (
        "",
        {
            **_texts("customizedMessageBody", "messageLanguage"),
            "ccRecipients": "Collection(graph.recipient)",
        },
    ),
    "recipient": ("", {"emailAddress": "graph.emailAddress"}),
    "emailAddress": ("", _texts("address", "name")),
}  # fmt: skip
DIRECTORY_SETS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "applications", "directoryRoles", "domains", "invitations", "oauth2PermissionGrants",
            "organization", "servicePrincipals", "users",
        ),
        "EntitySet",
    ),
    "directory": "Singleton",
}  # fmt: skip

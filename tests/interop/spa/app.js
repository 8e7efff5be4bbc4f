// A single-page application as the documentation of MSAL for the browser has it, unmodified:
// one authority for each user flow, and the old way to a forgotten password (AADB2C90118).
const { server, tenant, clientId, apiScope } = window.options;
const at = (flow) => `${server}/${tenant}/${flow}`;
const show = (id, value) => {
  document.getElementById(id).textContent =
    typeof value === "string" ? value : JSON.stringify(value, null, 1);
};
const on = (id, act) => document.getElementById(id).addEventListener("click", () => attempt(act));

async function attempt(act) {
  show("status", "working");
  try {
    await act();
  } catch (error) {
    show("account", { code: error.errorCode, message: error.message });
    show("status", "failed");
  }
}

function tell(status, result) {
  const { account, accessToken, idTokenClaims, scopes, fromCache } = result;
  show("account", { account, accessToken, claims: idTokenClaims, scopes, fromCache });
  show("status", status);
}

async function start() {
  const client = await msal.createStandardPublicClientApplication({
    auth: {
      clientId,
      authority: at("B2C_1_susi"),
      knownAuthorities: [new URL(server).host],
      redirectUri: `${location.origin}/`,
      postLogoutRedirectUri: `${location.origin}/`,
    },
    cache: { cacheLocation: "sessionStorage" },
  });
  // One account for each user flow: that of the sign-in flow is the person's.
  const signedIn = () =>
    client.getAllAccounts().find((one) => one.homeAccountId.includes("-b2c_1_susi."));
  on("signin", () => client.loginRedirect({ scopes: [apiScope] }));
  on("edit", () => client.loginRedirect({ scopes: [], authority: at("B2C_1_edit") }));
  on("signout", () => client.logoutRedirect({ account: signedIn() }));
  on("renew", async () => {
    const redirectUri = `${location.origin}/redirect.html`;
    tell("renewed", await client.ssoSilent({ account: signedIn(), scopes: [apiScope], redirectUri }));
  });
  on("refresh", async () => {
    const request = { account: signedIn(), scopes: [apiScope], forceRefresh: true };
    tell("refreshed", await client.acquireTokenSilent(request));
  });
  on("call", async () => {
    tell("called", await client.acquireTokenSilent({ account: signedIn(), scopes: [apiScope] }));
  });

  try {
    const result = await client.handleRedirectPromise();
    if (result) return tell("arrived", result);
  } catch (error) {
    if (error.message.includes("AADB2C90118")) {
      return client.loginRedirect({ scopes: [], authority: at("B2C_1_reset") });
    }
    if (error.message.includes("AADB2C90091")) return show("status", "cancelled");
    throw error;
  }
  return show("status", signedIn() ? "signed in" : "signed out");
}

attempt(start);

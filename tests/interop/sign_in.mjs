// MSAL for Node, unmodified: the authorization URL, then redeeming, refreshing and logging out.
// One JSON object a line on standard input and output; the test drives the browser between.
import { createInterface } from "node:readline/promises";
import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from "@azure/msal-node";

const options = JSON.parse(process.argv[2]);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");

const auth = {
  clientId: options.clientId,
  authority: options.authority,
  knownAuthorities: [new URL(options.authority).host],
};
if (options.clientSecret) auth.clientSecret = options.clientSecret;
const Client = options.clientSecret ? ConfidentialClientApplication : PublicClientApplication;
const client = new Client({ auth });

const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
const request = { scopes: options.scopes, redirectUri: options.redirectUri };
say({
  url: await client.getAuthCodeUrl({
    ...request,
    codeChallenge: challenge,
    codeChallengeMethod: "S256",
    state: "kept",
    nonce: "nonce-of-the-test",
  }),
});

const { code } = JSON.parse((await lines.next()).value);
const result = await client.acquireTokenByCode({
  ...request,
  code,
  codeVerifier: verifier,
  nonce: "nonce-of-the-test",
});
say({
  idTokenClaims: result.idTokenClaims,
  accessToken: result.accessToken,
  scopes: result.scopes,
  homeAccountId: result.account.homeAccountId,
});

const again = await client.acquireTokenSilent({
  account: result.account,
  scopes: options.scopes,
  forceRefresh: true,
});
say({ accessToken: again.accessToken, fromCache: again.fromCache });
process.exit(0);

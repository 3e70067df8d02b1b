// An OpenID provider for the tests: `node provider.mjs PORT CLIENT SECRET CALLBACK AFTER_LOGOUT`. Nothing of it is for real use.
import Provider from "oidc-provider";

const [port, client_id, client_secret, callback, afterLogout] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [{ client_id, client_secret, redirect_uris: [callback], post_logout_redirect_uris: [afterLogout] }],
  claims: { openid: ["sub"], profile: ["preferred_username"] },
  conformIdTokenClaims: false,
  pkce: { methods: ["S256"], required: () => true },
  cookies: { keys: ["tests"] },
  findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id.replace(/^id-/, "") }) }),
});
provider.on("server_error", (context, error) => console.error(error));
provider.on("authorization.error", (context, error) => console.error("authorization", error.message, error.error_description));
provider.on("grant.error", (context, error) => console.error("grant", error.message, error.error_description));
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));

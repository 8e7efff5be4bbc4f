package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.graph.models.AppleManagedIdentityProvider;
import com.microsoft.graph.models.BuiltInIdentityProvider;
import com.microsoft.graph.models.IdentityProvider;
import com.microsoft.graph.models.IdentityProviderBase;
import com.microsoft.graph.models.OidcClientSecretAuthentication;
import com.microsoft.graph.models.OidcIdentityProvider;
import com.microsoft.graph.models.OidcInboundClaimMappingOverride;
import com.microsoft.graph.models.OidcResponseType;
import com.microsoft.graph.models.SocialIdentityProvider;
import com.microsoft.graph.serviceclient.GraphServiceClient;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

class ProvidersTest {
    private static final String SECRET = "not-shown";
    private final GraphServiceClient graphClient = Graph.client();

    @Test
    void aSocialProviderLives() {
        SocialIdentityProvider body = new SocialIdentityProvider();
        body.setDisplayName("Login with Amazon");
        body.setIdentityProviderType("Amazon");
        body.setClientId("56433757");
        body.setClientSecret(SECRET);
        lives(body, new SocialIdentityProvider(), "Amazon-O");
    }

    @Test
    void anAppleManagedProviderLives() {
        AppleManagedIdentityProvider body = new AppleManagedIdentityProvider();
        body.setDisplayName("Sign in with Apple");
        body.setDeveloperId("UBF8T346G9");
        body.setServiceId("com.contoso.app.signin");
        body.setKeyId("99P6D879C4");
        body.setCertificateData(SECRET);
        lives(body, new AppleManagedIdentityProvider(), "Apple-Managed-OIDC");
    }

    @Test
    void anOidcProviderLives() {
        OidcClientSecretAuthentication authentication = new OidcClientSecretAuthentication();
        authentication.setClientSecret(SECRET);
        OidcInboundClaimMappingOverride claims = new OidcInboundClaimMappingOverride();
        claims.setSub("sub");
        claims.setName("name");
        claims.setEmail("email");
        OidcIdentityProvider body = new OidcIdentityProvider();
        body.setDisplayName("Workforce");
        body.setClientId("56433757");
        body.setIssuer("https://login.contoso.example");
        body.setWellKnownEndpoint("https://login.contoso.example/.well-known/openid-configuration");
        body.setResponseType(EnumSet.of(OidcResponseType.Code));
        body.setScope("openid profile email");
        body.setClientAuthentication(authentication);
        body.setInboundClaimMapping(claims);
        lives(body, new OidcIdentityProvider(), "");
    }

    @Test
    void builtInProvidersAreThereAndStay() {
        var providers = graphClient.identity().identityProviders();
        var all = providers.get().getValue();
        var builtIn = Graph.ids(all.stream().filter(BuiltInIdentityProvider.class::isInstance).toList());
        assertTrue(builtIn.contains("EmailOtpSignup-OAUTH"));
        assertEquals(all.size(), providers.count().get());
        var one = providers.byIdentityProviderBaseId("EmailOtpSignup-OAUTH");
        Graph.refused(one::delete, 400, 403, 405, 409);
        assertTrue(providers.availableProviderTypes().get().getValue().contains("Google"));
    }

    @Test
    void anOldProviderLives() {
        var providers = graphClient.identityProviders();
        IdentityProvider body = new IdentityProvider();
        body.setName("Login with Amazon");
        body.setType("Amazon");
        body.setClientId("56433757");
        body.setClientSecret(SECRET);
        String id = providers.post(body).getId();
        assertTrue(Graph.ids(providers.get().getValue()).contains(id));
        assertTrue(providers.count().get() > 0);
        var one = providers.byIdentityProviderId(id);
        IdentityProvider change = new IdentityProvider();
        change.setName("Changed");
        one.patch(change);
        assertEquals("Changed", one.get().getName());
        assertNotEquals(SECRET, one.get().getClientSecret());
        assertTrue(providers.availableProviderTypes().get().getValue().contains("Google"));
        one.delete();
        Graph.refused(one::get, 404);
    }

    private void lives(IdentityProviderBase body, IdentityProviderBase change, String prefix) {
        var providers = graphClient.identity().identityProviders();
        String id = providers.post(body).getId();
        assertTrue(id.startsWith(prefix), id);
        var one = providers.byIdentityProviderBaseId(id);
        assertEquals(body.getClass(), one.get().getClass());
        assertEquals(body.getDisplayName(), one.get().getDisplayName());
        assertTrue(Graph.ids(providers.get().getValue()).contains(id));
        change.setDisplayName("Changed");
        one.patch(change);
        assertEquals("Changed", one.get().getDisplayName());
        one.delete();
        Graph.refused(one::get, 404);
    }
}

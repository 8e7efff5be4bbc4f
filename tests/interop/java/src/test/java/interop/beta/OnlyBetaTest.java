package interop.beta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.graph.beta.models.AuthenticationListener;
import com.microsoft.graph.beta.models.AuthenticationSourceFilter;
import com.microsoft.graph.beta.models.B2cIdentityUserFlow;
import com.microsoft.graph.beta.models.B2xIdentityUserFlow;
import com.microsoft.graph.beta.models.BasicAuthentication;
import com.microsoft.graph.beta.models.ClaimsMapping;
import com.microsoft.graph.beta.models.IdentityApiConnector;
import com.microsoft.graph.beta.models.IdentityProvider;
import com.microsoft.graph.beta.models.IdentityUserFlow;
import com.microsoft.graph.beta.models.InvokeUserFlowListener;
import com.microsoft.graph.beta.models.OpenIdConnectIdentityProvider;
import com.microsoft.graph.beta.models.OpenIdConnectProvider;
import com.microsoft.graph.beta.models.OpenIdConnectResponseMode;
import com.microsoft.graph.beta.models.OpenIdConnectResponseTypes;
import com.microsoft.graph.beta.models.UserFlowApiConnectorConfiguration;
import com.microsoft.graph.beta.models.UserFlowType;
import com.microsoft.graph.beta.serviceclient.GraphServiceClient;
import com.microsoft.kiota.HttpMethod;
import com.microsoft.kiota.RequestAdapter;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What only beta has. */
class OnlyBetaTest {
    private static final String FACEBOOK = "Facebook-OAUTH";
    private final RequestAdapter adapter = Graph.adapter();
    private final GraphServiceClient graphClient = new GraphServiceClient(adapter);

    private static B2cIdentityUserFlow body(String id) {
        B2cIdentityUserFlow body = new B2cIdentityUserFlow();
        body.setId(id);
        body.setUserFlowType(UserFlowType.SignUpOrSignIn);
        body.setUserFlowTypeVersion(1f);
        return body;
    }

    private String flow() {
        return graphClient.identity().b2cUserFlows().post(body(Graph.fresh("java"))).getId();
    }

    private void unflow(String id) {
        var one = graphClient.identity().b2cUserFlows().byB2cIdentityUserFlowId(id);
        one.delete();
        Graph.refused(one::get, 404);
    }

    private String connector() {
        BasicAuthentication authentication = new BasicAuthentication();
        authentication.setUsername("caller");
        authentication.setPassword("not-shown");
        IdentityApiConnector body = new IdentityApiConnector();
        body.setDisplayName(Graph.fresh("Connector "));
        body.setTargetUrl("https://api.contoso.example/check");
        body.setAuthenticationConfiguration(authentication);
        return graphClient.identity().apiConnectors().post(body).getId();
    }

    @Test
    void aB2cFlowLives() {
        var flows = graphClient.identity().b2cUserFlows();
        int before = flows.count().get();
        String id = flow();
        assertTrue(id.startsWith("B2C_1_"));
        assertEquals(before + 1, flows.count().get());
        assertTrue(Graph.ids(flows.get().getValue()).contains(id));
        var one = flows.byB2cIdentityUserFlowId(id);
        assertEquals("en", one.get().getDefaultLanguageTag());
        assertEquals("emailWithPassword", one.get().getAdditionalData().get("authenticationMethods").toString());
        B2cIdentityUserFlow change = new B2cIdentityUserFlow();
        change.setIsLanguageCustomizationEnabled(true);
        change.setDefaultLanguageTag("de");
        one.patch(change);
        assertTrue(one.get().getIsLanguageCustomizationEnabled());
        assertEquals("de", one.get().getDefaultLanguageTag());
        Graph.refused(() -> flows.post(body(id)), 409);
        unflow(id);
    }

    @Test
    void providersOfAB2cFlowAreLinkedAndUnlinked() {
        String id = flow();
        var one = graphClient.identity().b2cUserFlows().byB2cIdentityUserFlowId(id);
        var linked = one.identityProviders();
        List<String> before = Graph.ids(linked.get().getValue());
        String path = "/identityProviders/" + FACEBOOK;
        linked.ref().post(Graph.added(path));
        assertTrue(Graph.ids(linked.get().getValue()).contains(FACEBOOK));
        assertTrue(Graph.ids(one.userFlowIdentityProviders().get().getValue()).contains(FACEBOOK));
        linked.byIdentityProviderId(FACEBOOK).ref().delete();
        assertEquals(before, Graph.ids(linked.get().getValue()));
        linked.ref().post(Graph.added(path));
        linked.ref().delete(request -> request.queryParameters.id = Graph.address(path));
        assertEquals(before, Graph.ids(linked.get().getValue()));
        unflow(id);
    }

    @Test
    void anOldUserFlowLives() {
        var flows = graphClient.identity().userFlows();
        IdentityUserFlow body = new IdentityUserFlow();
        body.setId(Graph.fresh("Old"));
        body.setUserFlowType(UserFlowType.SignUpOrSignIn);
        body.setUserFlowTypeVersion(1f);
        String id = flows.post(body).getId();
        assertEquals("B2C_1_" + body.getId(), id);
        assertTrue(Graph.ids(flows.get().getValue()).contains(id));
        assertTrue(flows.count().get() > 0);
        var one = flows.byIdentityUserFlowId(id);
        assertEquals(UserFlowType.SignUpOrSignIn, one.get().getUserFlowType());
        one.delete();
        Graph.refused(one::get, 404);
    }

    private static ClaimsMapping claims() {
        ClaimsMapping claims = new ClaimsMapping();
        claims.setUserId("sub");
        claims.setDisplayName("name");
        claims.setEmail("email");
        return claims;
    }

    @Test
    void anOpenIdConnectProviderLives() {
        var providers = graphClient.identity().identityProviders();
        OpenIdConnectIdentityProvider body = new OpenIdConnectIdentityProvider();
        body.setDisplayName("Contoso");
        body.setClientId("56433757");
        body.setClientSecret("not-shown");
        body.setClaimsMapping(claims());
        body.setDomainHint("contoso");
        body.setMetadataUrl("https://login.contoso.example/.well-known/openid-configuration");
        body.setResponseMode(OpenIdConnectResponseMode.Form_post);
        body.setResponseType(EnumSet.of(OpenIdConnectResponseTypes.Code));
        body.setScope("openid");
        String id = providers.post(body).getId();
        assertTrue(id.startsWith("OIDC-V1-"), id);
        var one = providers.byIdentityProviderBaseId(id);
        assertEquals(OpenIdConnectIdentityProvider.class, one.get().getClass());
        OpenIdConnectIdentityProvider change = new OpenIdConnectIdentityProvider();
        change.setScope("openid email");
        one.patch(change);
        assertEquals("openid email", ((OpenIdConnectIdentityProvider) one.get()).getScope());
        one.delete();
        Graph.refused(one::get, 404);
    }

    @Test
    void anOldOpenIdConnectProviderLives() {
        var providers = graphClient.identityProviders();
        OpenIdConnectProvider body = new OpenIdConnectProvider();
        body.setOdataType("#microsoft.graph.openIdConnectProvider"); // this model alone has no default
        body.setName(Graph.fresh("Contoso"));
        body.setType("OpenIdConnect");
        body.setClientId("56433757");
        body.setClientSecret("not-shown");
        body.setClaimsMapping(claims());
        body.setMetadataUrl("https://login.contoso.example/.well-known/openid-configuration");
        body.setResponseMode(OpenIdConnectResponseMode.Form_post);
        body.setResponseType(EnumSet.of(OpenIdConnectResponseTypes.Code));
        body.setScope("openid");
        IdentityProvider made = providers.post(body);
        var one = providers.byIdentityProviderId(made.getId());
        assertEquals(OpenIdConnectProvider.class, one.get().getClass());
        one.delete();
        Graph.refused(one::get, 404);
    }

    @Test
    void preTokenIssuanceCallsAConnector() {
        String called = connector();
        B2xIdentityUserFlow made = Graph.flow(graphClient);
        var configuration =
                graphClient.identity().b2xUserFlows().byB2xIdentityUserFlowId(made.getId()).apiConnectorConfiguration();
        String path = "/identity/b2xUserFlows/" + made.getId() + "/apiConnectorConfiguration/preTokenIssuance/$ref";
        Graph.send(adapter, HttpMethod.PUT, path, Graph.set("/identity/apiConnectors/" + called)); // the SDK has no builder for it
        assertEquals(called, configuration.preTokenIssuance().get().getId());
        configuration.preTokenIssuance().delete();
        var read = configuration.get(request -> request.queryParameters.expand = new String[] {"preTokenIssuance"});
        assertNull(read.getPreTokenIssuance());
        Graph.unflow(graphClient, made.getId());
        graphClient.identity().apiConnectors().byIdentityApiConnectorId(called).delete();
    }

    /** The SDK has no builder below a b2c flow's configuration: all goes by address. */
    @Test
    void stepsOfAB2cFlowCallConnectors() {
        String called = connector();
        String id = flow();
        String path = "/identity/b2cUserFlows/" + id + "/apiConnectorConfiguration";
        for (String step : List.of("postFederationSignup", "postAttributeCollection", "preTokenIssuance")) {
            Graph.send(adapter, HttpMethod.PUT, path + "/" + step + "/$ref", Graph.set("/identity/apiConnectors/" + called));
            IdentityApiConnector read =
                    Graph.send(
                            adapter,
                            HttpMethod.GET,
                            path + "/" + step,
                            null,
                            IdentityApiConnector::createFromDiscriminatorValue);
            assertEquals(called, read.getId());
        }
        var all =
                Graph.send(
                        adapter,
                        HttpMethod.GET,
                        path + "?$expand=postFederationSignup",
                        null,
                        UserFlowApiConnectorConfiguration::createFromDiscriminatorValue);
        assertEquals(called, all.getPostFederationSignup().getId());
        unflow(id);
        graphClient.identity().apiConnectors().byIdentityApiConnectorId(called).delete();
    }

    /** events/onSignupStart: the SDK has models for it, but no builder. */
    @Test
    void anApplicationIsLinkedToAB2xFlow() {
        String path = "/identity/events/onSignupStart";
        B2xIdentityUserFlow flow = Graph.flow(graphClient);
        AuthenticationSourceFilter filter = new AuthenticationSourceFilter();
        filter.setIncludeApplications(List.of(Graph.fact("client_id")));
        B2xIdentityUserFlow named = new B2xIdentityUserFlow();
        named.setId(flow.getId());
        InvokeUserFlowListener body = new InvokeUserFlowListener();
        body.setPriority(101);
        body.setSourceFilter(filter);
        body.setUserFlow(named);
        AuthenticationListener made =
                Graph.send(
                        adapter, HttpMethod.POST, path, body, AuthenticationListener::createFromDiscriminatorValue);
        assertEquals(InvokeUserFlowListener.class, made.getClass());
        Graph.send(adapter, HttpMethod.DELETE, path + "/" + made.getId(), null);
        Graph.unflow(graphClient, flow.getId());
    }
}

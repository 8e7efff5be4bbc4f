package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.graph.models.B2xIdentityUserFlow;
import com.microsoft.graph.models.IdentityApiConnector;
import com.microsoft.graph.models.IdentityProvider;
import com.microsoft.graph.models.UserFlowApiConnectorConfiguration;
import com.microsoft.graph.models.UserFlowType;
import com.microsoft.graph.serviceclient.GraphServiceClient;
import com.microsoft.kiota.RequestAdapter;
import java.util.HashMap;
import java.util.LinkedList;
import org.junit.jupiter.api.Test;

/** The documentation's examples of creating a b2x user flow, as printed. */
class SnippetsTest {
    private final RequestAdapter requestAdapter = Graph.adapter();

    @Test
    void b2xExample1DefaultValues() {
        remove("B2X_1_Partner");

        // Code snippets are only available for the latest version. Current version is 6.x
        GraphServiceClient graphClient = new GraphServiceClient(requestAdapter);
        B2xIdentityUserFlow b2xIdentityUserFlow = new B2xIdentityUserFlow();
        b2xIdentityUserFlow.setId("Partner");
        b2xIdentityUserFlow.setUserFlowType(UserFlowType.SignUpOrSignIn);
        b2xIdentityUserFlow.setUserFlowTypeVersion(1f);
        B2xIdentityUserFlow result = graphClient.identity().b2xUserFlows().post(b2xIdentityUserFlow);

        assertEquals("B2X_1_Partner", result.getId());
        assertEquals(UserFlowType.SignUpOrSignIn, result.getUserFlowType());
        assertEquals(1f, result.getUserFlowTypeVersion());
        remove("B2X_1_Partner");
    }

    @Test
    void b2xExample2AnIdentityProvider() {
        remove("B2X_1_Partner");

        // Code snippets are only available for the latest version. Current version is 6.x
        GraphServiceClient graphClient = new GraphServiceClient(requestAdapter);
        B2xIdentityUserFlow b2xIdentityUserFlow = new B2xIdentityUserFlow();
        b2xIdentityUserFlow.setId("Partner");
        b2xIdentityUserFlow.setUserFlowType(UserFlowType.SignUpOrSignIn);
        b2xIdentityUserFlow.setUserFlowTypeVersion(1f);
        LinkedList<IdentityProvider> identityProviders = new LinkedList<IdentityProvider>();
        IdentityProvider identityProvider = new IdentityProvider();
        identityProvider.setId("Facebook-OAuth");
        identityProvider.setType("Facebook");
        identityProvider.setName("Facebook");
        identityProviders.add(identityProvider);
        b2xIdentityUserFlow.setIdentityProviders(identityProviders);
        B2xIdentityUserFlow result = graphClient.identity().b2xUserFlows().post(b2xIdentityUserFlow);

        var made = graphClient.identity().b2xUserFlows().byB2xIdentityUserFlowId(result.getId());
        assertTrue(Graph.ids(made.userFlowIdentityProviders().get().getValue()).contains("Facebook-OAUTH"));
        remove("B2X_1_Partner");
    }

    @Test
    void b2xExample3ApiConnectors() {
        remove("B2X_1_UserFlowWithAPIConnector");
        String id = Graph.client().identity().apiConnectors().get().getValue().get(0).getId();

        // Code snippets are only available for the latest version. Current version is 6.x
        GraphServiceClient graphClient = new GraphServiceClient(requestAdapter);
        B2xIdentityUserFlow b2xIdentityUserFlow = new B2xIdentityUserFlow();
        b2xIdentityUserFlow.setId("UserFlowWithAPIConnector");
        b2xIdentityUserFlow.setUserFlowType(UserFlowType.SignUpOrSignIn);
        b2xIdentityUserFlow.setUserFlowTypeVersion(1f);
        UserFlowApiConnectorConfiguration apiConnectorConfiguration = new UserFlowApiConnectorConfiguration();
        IdentityApiConnector postFederationSignup = new IdentityApiConnector();
        HashMap<String, Object> additionalData = new HashMap<String, Object>();
        additionalData.put("@odata.id", "https://graph.microsoft.com/v1/identity/apiConnectors/{id}".replace("{id}", id));
        postFederationSignup.setAdditionalData(additionalData);
        apiConnectorConfiguration.setPostFederationSignup(postFederationSignup);
        IdentityApiConnector postAttributeCollection = new IdentityApiConnector();
        HashMap<String, Object> additionalData1 = new HashMap<String, Object>();
        additionalData1.put("@odata.id", "https://graph.microsoft.com/v1/identity/apiConnectors/{id}".replace("{id}", id));
        postAttributeCollection.setAdditionalData(additionalData1);
        apiConnectorConfiguration.setPostAttributeCollection(postAttributeCollection);
        b2xIdentityUserFlow.setApiConnectorConfiguration(apiConnectorConfiguration);
        B2xIdentityUserFlow result = graphClient.identity().b2xUserFlows().post(b2xIdentityUserFlow);

        var steps =
                graphClient.identity().b2xUserFlows().byB2xIdentityUserFlowId(result.getId()).apiConnectorConfiguration();
        assertEquals(id, steps.postFederationSignup().get().getId());
        assertEquals(id, steps.postAttributeCollection().get().getId());
        remove("B2X_1_UserFlowWithAPIConnector");
    }

    private static void remove(String id) {
        var flows = Graph.client().identity().b2xUserFlows();
        if (Graph.ids(flows.get().getValue()).contains(id)) {
            flows.byB2xIdentityUserFlowId(id).delete();
        }
    }
}

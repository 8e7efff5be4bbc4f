package interop.beta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.microsoft.graph.beta.identity.b2cuserflows.item.userattributeassignments.setorder.SetOrderPostRequestBody;
import com.microsoft.graph.beta.models.AssignmentOrder;
import com.microsoft.graph.beta.models.B2cIdentityUserFlow;
import com.microsoft.graph.beta.models.IdentityUserFlowAttribute;
import com.microsoft.graph.beta.models.IdentityUserFlowAttributeAssignment;
import com.microsoft.graph.beta.models.IdentityUserFlowAttributeInputType;
import com.microsoft.graph.beta.models.UserFlowLanguageConfiguration;
import com.microsoft.graph.beta.models.UserFlowType;
import com.microsoft.graph.beta.serviceclient.GraphServiceClient;
import com.microsoft.kiota.HttpMethod;
import com.microsoft.kiota.RequestAdapter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The attributes and languages of b2c flows, which only beta has. */
class OnlyBetaAttributesTest {
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

    @Test
    void attributesOfAB2cFlowAreOrdered() {
        String id = flow();
        var assigned = graphClient.identity().b2cUserFlows().byB2cIdentityUserFlowId(id).userAttributeAssignments();
        for (String attribute : List.of("city", "country")) {
            IdentityUserFlowAttribute named = new IdentityUserFlowAttribute();
            named.setId(attribute);
            IdentityUserFlowAttributeAssignment body = new IdentityUserFlowAttributeAssignment();
            body.setIsOptional(false);
            body.setRequiresVerification(false);
            body.setUserInputType(IdentityUserFlowAttributeInputType.TextBox);
            body.setDisplayName("Asked here");
            body.setUserAttributeValues(List.of());
            body.setUserAttribute(named);
            assigned.post(body);
        }
        List<String> turned = new ArrayList<>(assigned.getOrder().get().getOrder());
        Collections.reverse(turned);
        AssignmentOrder order = new AssignmentOrder();
        order.setOrder(turned);
        SetOrderPostRequestBody request = new SetOrderPostRequestBody();
        request.setNewAssignmentOrder(order);
        assigned.setOrder().post(request);
        assertEquals(turned, assigned.getOrder().get().getOrder());
        unflow(id);
    }

    @Test
    void languagesOfAB2cFlowAreAddedAndOverridden() throws IOException {
        String id = flow();
        var one = graphClient.identity().b2cUserFlows().byB2cIdentityUserFlowId(id);
        B2cIdentityUserFlow customized = new B2cIdentityUserFlow();
        customized.setIsLanguageCustomizationEnabled(true);
        one.patch(customized);
        UserFlowLanguageConfiguration enabled = new UserFlowLanguageConfiguration();
        enabled.setIsEnabled(true);
        // The SDK has no PUT here, which is how the pages say languages are added.
        String path = "/identity/b2cUserFlows/" + id + "/languages/es";
        Graph.send(
                adapter, HttpMethod.PUT, path, enabled, UserFlowLanguageConfiguration::createFromDiscriminatorValue);
        var spanish = one.languages().byUserFlowLanguageConfigurationId("es");
        assertTrue(spanish.get().getIsEnabled());
        String page = spanish.defaultPages().get().getValue().get(0).getId();
        var override = spanish.overridesPages().byUserFlowLanguagePageId(page).content();
        var standard = spanish.defaultPages().byUserFlowLanguagePageId(page).content();
        JsonObject texts = JsonParser.parseString(text(standard.get())).getAsJsonObject();
        JsonObject first = texts.getAsJsonArray("LocalizedStrings").get(0).getAsJsonObject();
        first.addProperty("Override", true);
        first.addProperty("Value", "Hola");
        override.put(new ByteArrayInputStream(texts.toString().getBytes(StandardCharsets.UTF_8)));
        assertTrue(text(override.get()).contains("\"Hola\""));
        override.delete();
        unflow(id);
    }

    private static String text(InputStream content) throws IOException {
        return new String(content.readAllBytes(), StandardCharsets.UTF_8);
    }
}

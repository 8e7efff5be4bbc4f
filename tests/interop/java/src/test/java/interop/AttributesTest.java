package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.microsoft.graph.identity.b2xuserflows.item.userattributeassignments.setorder.SetOrderPostRequestBody;
import com.microsoft.graph.models.AssignmentOrder;
import com.microsoft.graph.models.IdentityUserFlowAttribute;
import com.microsoft.graph.models.IdentityUserFlowAttributeAssignment;
import com.microsoft.graph.models.IdentityUserFlowAttributeDataType;
import com.microsoft.graph.models.IdentityUserFlowAttributeInputType;
import com.microsoft.graph.models.IdentityUserFlowAttributeType;
import com.microsoft.graph.serviceclient.GraphServiceClient;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttributesTest {
    private final GraphServiceClient graphClient = Graph.client();

    private String custom() {
        IdentityUserFlowAttribute body = new IdentityUserFlowAttribute();
        body.setDisplayName(Graph.fresh("Shoe Size "));
        body.setDescription("Your shoe size");
        body.setDataType(IdentityUserFlowAttributeDataType.String);
        IdentityUserFlowAttribute made = graphClient.identity().userFlowAttributes().post(body);
        assertEquals(IdentityUserFlowAttributeType.Custom, made.getUserFlowAttributeType());
        assertTrue(made.getId().startsWith("extension_"), made.getId());
        return made.getId();
    }

    @Test
    void aCustomAttributeLives() {
        var attributes = graphClient.identity().userFlowAttributes();
        String id = custom();
        var all = attributes.get().getValue();
        assertTrue(Graph.ids(all).contains(id));
        assertEquals(all.size(), attributes.count().get());
        var one = attributes.byIdentityUserFlowAttributeId(id);
        IdentityUserFlowAttribute change = new IdentityUserFlowAttribute();
        change.setDescription("In European sizes");
        one.patch(change);
        assertEquals("In European sizes", one.get().getDescription());
        one.delete();
        Graph.refused(one::get, 404);
    }

    @Test
    void attributesAreAssignedAndOrdered() {
        String custom = custom();
        String id = Graph.flow(graphClient).getId();
        var assigned = graphClient.identity().b2xUserFlows().byB2xIdentityUserFlowId(id).userAttributeAssignments();
        for (String attribute : List.of(custom, "city")) {
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
        assertEquals(assigned.get().getValue().size(), assigned.count().get());
        var item = assigned.byIdentityUserFlowAttributeAssignmentId(custom);
        assertEquals(custom, item.userAttribute().get().getId());
        IdentityUserFlowAttributeAssignment change = new IdentityUserFlowAttributeAssignment();
        change.setIsOptional(true);
        item.patch(change);
        assertTrue(item.get().getIsOptional());

        List<String> turned = new ArrayList<>(assigned.getOrder().get().getOrder());
        Collections.reverse(turned);
        AssignmentOrder order = new AssignmentOrder();
        order.setOrder(turned);
        SetOrderPostRequestBody request = new SetOrderPostRequestBody();
        request.setNewAssignmentOrder(order);
        assigned.setOrder().post(request);
        assertEquals(turned, assigned.getOrder().get().getOrder());

        var used = graphClient.identity().userFlowAttributes().byIdentityUserFlowAttributeId(custom);
        String message = Graph.refused(used::delete, 400, 409);
        assertTrue(message.contains(id), message);
        item.delete();
        Graph.unflow(graphClient, id);
        used.delete();
    }

    @Test
    void languagesHavePagesWithTexts() {
        String id = Graph.flow(graphClient).getId();
        var languages = graphClient.identity().b2xUserFlows().byB2xIdentityUserFlowId(id).languages();
        var all = languages.get().getValue();
        assertTrue(Graph.ids(all).contains("es"));
        assertEquals(all.size(), languages.count().get());
        var spanish = languages.byUserFlowLanguageConfigurationId("es");
        assertTrue(spanish.get().getIsEnabled());
        String page = spanish.defaultPages().get().getValue().get(0).getId();
        var standard = spanish.defaultPages().byUserFlowLanguagePageId(page).content();
        var override = spanish.overridesPages().byUserFlowLanguagePageId(page).content();

        JsonObject first = strings(standard.get()).get(0).getAsJsonObject();
        String was = first.get("Value").getAsString();
        first.addProperty("Override", true);
        first.addProperty("Value", "Hola");
        JsonArray changed = new JsonArray();
        changed.add(first);
        JsonObject texts = new JsonObject();
        texts.add("LocalizedStrings", changed);
        byte[] body = texts.toString().getBytes(StandardCharsets.UTF_8);
        override.put(new ByteArrayInputStream(body));
        assertEquals("Hola", shown(override.get(), first));
        override.delete();
        assertEquals(was, shown(override.get(), first));
        Graph.refused(() -> standard.put(new ByteArrayInputStream(body)), 400, 405);
        Graph.unflow(graphClient, id);
    }

    private static JsonArray strings(InputStream content) {
        return JsonParser.parseReader(new InputStreamReader(content, StandardCharsets.UTF_8))
                .getAsJsonObject()
                .getAsJsonArray("LocalizedStrings");
    }

    private static String shown(InputStream content, JsonObject wanted) {
        for (JsonElement element : strings(content)) {
            JsonObject one = element.getAsJsonObject();
            if (one.get("ElementType").equals(wanted.get("ElementType"))
                    && one.get("ElementId").equals(wanted.get("ElementId"))
                    && one.get("StringId").equals(wanted.get("StringId"))) {
                return one.get("Value").getAsString();
            }
        }
        return null;
    }
}

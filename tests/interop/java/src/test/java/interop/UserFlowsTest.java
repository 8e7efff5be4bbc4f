package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonSyntaxException;
import com.microsoft.graph.core.tasks.PageIterator;
import com.microsoft.graph.models.B2xIdentityUserFlow;
import com.microsoft.graph.models.B2xIdentityUserFlowCollectionResponse;
import com.microsoft.graph.models.UserFlowType;
import com.microsoft.graph.serviceclient.GraphServiceClient;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UserFlowsTest {
    private static final String FACEBOOK = "Facebook-OAUTH";
    private final GraphServiceClient graphClient = Graph.client();

    @Test
    void aB2xFlowLives() {
        var flows = graphClient.identity().b2xUserFlows();
        int before = flows.count().get();
        String id = Graph.flow(graphClient).getId();
        assertEquals(before + 1, flows.count().get());
        assertTrue(Graph.ids(flows.get().getValue()).contains(id));
        var found =
                flows.get(
                        request -> {
                            request.queryParameters.filter = "id eq '" + id + "'";
                            request.queryParameters.select = new String[] {"id"};
                        });
        assertEquals(List.of(id), Graph.ids(found.getValue()));
        var one = flows.byB2xIdentityUserFlowId(id);
        assertEquals(UserFlowType.SignUpOrSignIn, one.get().getUserFlowType());
        B2xIdentityUserFlow again = new B2xIdentityUserFlow();
        again.setId(id);
        again.setUserFlowType(UserFlowType.SignUpOrSignIn);
        again.setUserFlowTypeVersion(1f);
        Graph.refused(() -> flows.post(again), 409);
        B2xIdentityUserFlow change = new B2xIdentityUserFlow();
        change.setUserFlowType(UserFlowType.SignIn);
        Graph.refused(() -> one.patch(change), 400);
        Graph.unflow(graphClient, id);
    }

    @Test
    void pagesAreFollowed() throws Exception {
        List<String> made = new ArrayList<>();
        for (int at = 0; at < 3; at++) {
            made.add(Graph.flow(graphClient).getId());
        }
        var page = graphClient.identity().b2xUserFlows().get(request -> request.queryParameters.top = 2);
        assertEquals(2, page.getValue().size());
        List<String> seen = new ArrayList<>();
        new PageIterator.Builder<B2xIdentityUserFlow, B2xIdentityUserFlowCollectionResponse>()
                .client(graphClient)
                .collectionPage(page)
                .collectionPageFactory(B2xIdentityUserFlowCollectionResponse::createFromDiscriminatorValue)
                .processPageItemCallback(flow -> seen.add(flow.getId()))
                .build()
                .iterate();
        for (String id : made) {
            assertEquals(1, seen.stream().filter(id::equals).count());
            Graph.unflow(graphClient, id);
        }
    }

    @Test
    void providersAreLinkedAndUnlinked() {
        String id = Graph.flow(graphClient).getId();
        var one = graphClient.identity().b2xUserFlows().byB2xIdentityUserFlowId(id);
        var linked = one.userFlowIdentityProviders();
        List<String> before = Graph.ids(linked.get().getValue());
        assertFalse(before.contains(FACEBOOK));
        String path = "/identity/identityProviders/" + FACEBOOK;
        linked.ref().post(Graph.added(path));
        assertTrue(Graph.ids(linked.get().getValue()).contains(FACEBOOK));
        assertTrue(Graph.ids(one.identityProviders().get().getValue()).contains(FACEBOOK));
        assertEquals(before.size() + 1, linked.count().get());
        linked.byIdentityProviderBaseId(FACEBOOK).ref().delete();
        assertEquals(before, Graph.ids(linked.get().getValue()));
        linked.ref().post(Graph.added(path));
        linked.ref().delete(request -> request.queryParameters.id = Graph.address(path));
        assertEquals(before, Graph.ids(linked.get().getValue()));
        Graph.unflow(graphClient, id);
    }

    /** A limit of the SDK against any server: it takes references for strings. */
    @Test
    void theSdkCannotReadReferences() {
        String id = Graph.flow(graphClient).getId();
        var linked = graphClient.identity().b2xUserFlows().byB2xIdentityUserFlowId(id).userFlowIdentityProviders();
        assertThrows(JsonSyntaxException.class, linked.ref()::get);
        assertFalse(linked.get().getValue().isEmpty());
        Graph.unflow(graphClient, id);
    }
}

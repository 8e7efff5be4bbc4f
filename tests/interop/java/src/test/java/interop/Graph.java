package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.azure.core.credential.TokenCredential;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.microsoft.graph.core.requests.BaseGraphRequestAdapter;
import com.microsoft.graph.models.B2xIdentityUserFlow;
import com.microsoft.graph.models.BaseCollectionPaginationCountResponse;
import com.microsoft.graph.models.Entity;
import com.microsoft.graph.models.ReferenceCreate;
import com.microsoft.graph.models.ReferenceUpdate;
import com.microsoft.graph.models.UserFlowType;
import com.microsoft.graph.models.odataerrors.ODataError;
import com.microsoft.graph.serviceclient.GraphServiceClient;
import com.microsoft.kiota.HttpMethod;
import com.microsoft.kiota.RequestAdapter;
import com.microsoft.kiota.RequestInformation;
import com.microsoft.kiota.authentication.AzureIdentityAuthenticationProvider;
import com.microsoft.kiota.serialization.Parsable;
import com.microsoft.kiota.serialization.ParsableFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.function.Executable;

/** How every test reaches the server: host and credential, and nothing else. */
final class Graph {
    static final String VERSION = "v1.0";
    static final JsonObject FACTS = facts();
    private static final TokenCredential CREDENTIAL =
            new ClientSecretCredentialBuilder()
                    .authorityHost(fact("base_url"))
                    .disableInstanceDiscovery()
                    .tenantId(fact("tenant"))
                    .clientId(fact("client_id"))
                    .clientSecret(fact("client_secret"))
                    .build();

    private Graph() {}

    /** Without the server's host in its list, the SDK sends no token. */
    static RequestAdapter adapter() {
        String[] hosts = {"localhost"};
        BaseGraphRequestAdapter adapter =
                new BaseGraphRequestAdapter(
                        new AzureIdentityAuthenticationProvider(
                                CREDENTIAL, hosts, "https://graph.microsoft.com/.default"));
        adapter.setBaseUrl(fact("base_url") + "/" + VERSION);
        return adapter;
    }

    static GraphServiceClient client() {
        return new GraphServiceClient(adapter());
    }

    static String fact(String name) {
        return FACTS.get(name).getAsString();
    }

    static String fresh(String prefix) {
        return prefix + UUID.randomUUID().toString().replace("-", "").substring(0, 12);
    }

    static String address(String path) {
        return fact("base_url") + "/" + VERSION + path;
    }

    /** A new one each time: the SDK sends only what has changed since it sent a body last. */
    static ReferenceCreate added(String path) {
        ReferenceCreate link = new ReferenceCreate();
        link.setOdataId(address(path));
        return link;
    }

    /** The same, for PUT. */
    static ReferenceUpdate set(String path) {
        ReferenceUpdate link = new ReferenceUpdate();
        link.setOdataId(address(path));
        return link;
    }

    static List<String> ids(List<? extends Entity> all) {
        return all.stream().map(Entity::getId).toList();
    }

    /** The SDK throws Graph's error with one of these statuses; its message. */
    static String refused(Executable request, int... statuses) {
        ODataError error = assertThrows(ODataError.class, request);
        int status = error.getResponseStatusCode();
        assertTrue(
                Arrays.stream(statuses).anyMatch(one -> one == status),
                status + " " + error.getMessage());
        assertNotNull(error.getError().getCode());
        return error.getError().getMessage();
    }

    static B2xIdentityUserFlow flow(GraphServiceClient graphClient) {
        B2xIdentityUserFlow body = new B2xIdentityUserFlow();
        body.setId(fresh("java"));
        body.setUserFlowType(UserFlowType.SignUpOrSignIn);
        body.setUserFlowTypeVersion(1f);
        B2xIdentityUserFlow made = graphClient.identity().b2xUserFlows().post(body);
        assertEquals("B2X_1_" + body.getId(), made.getId());
        return made;
    }

    static void unflow(GraphServiceClient graphClient, String id) {
        var one = graphClient.identity().b2xUserFlows().byB2xIdentityUserFlowId(id);
        one.delete();
        refused(one::get, 404);
    }

    /** A request for which the SDK has no builder, through its own adapter. */
    static RequestInformation raw(HttpMethod method, String path) {
        RequestInformation request = new RequestInformation();
        request.httpMethod = method;
        request.urlTemplate = "{+baseurl}" + path.replace("$", "%24");
        return request;
    }

    static <T extends Parsable> T send(
            RequestAdapter adapter, HttpMethod method, String path, Parsable body, ParsableFactory<T> factory) {
        RequestInformation request = raw(method, path);
        request.pathParameters.put("baseurl", adapter.getBaseUrl());
        if (body != null) {
            request.setContentFromParsable(adapter, "application/json", body);
        }
        HashMap<String, ParsableFactory<? extends Parsable>> errors = new HashMap<>();
        errors.put("XXX", ODataError::createFromDiscriminatorValue);
        return adapter.send(request, errors, factory);
    }

    /** The same, where nothing is answered. */
    static void send(RequestAdapter adapter, HttpMethod method, String path, Parsable body) {
        send(adapter, method, path, body, BaseCollectionPaginationCountResponse::createFromDiscriminatorValue);
    }

    private static JsonObject facts() {
        try {
            Path file = Path.of(System.getenv("VESTIBULE_FACTS"));
            return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        } catch (IOException fault) {
            throw new UncheckedIOException(fault);
        }
    }
}

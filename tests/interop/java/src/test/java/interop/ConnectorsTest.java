package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.graph.models.BasicAuthentication;
import com.microsoft.graph.models.ClientCertificateAuthentication;
import com.microsoft.graph.models.IdentityApiConnector;
import com.microsoft.graph.models.ReferenceUpdate;
import com.microsoft.graph.models.UserFlowApiConnectorConfiguration;
import com.microsoft.graph.serviceclient.GraphServiceClient;
import org.junit.jupiter.api.Test;

class ConnectorsTest {
    private final GraphServiceClient graphClient = Graph.client();

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
    void aConnectorLives() {
        var connectors = graphClient.identity().apiConnectors();
        String id = connector();
        var all = connectors.get().getValue();
        assertTrue(Graph.ids(all).contains(id));
        assertEquals(all.size(), connectors.count().get());
        var one = connectors.byIdentityApiConnectorId(id);
        IdentityApiConnector change = new IdentityApiConnector();
        change.setDisplayName("Renamed");
        one.patch(change);
        assertEquals("Renamed", one.get().getDisplayName());
        var shown = assertInstanceOf(BasicAuthentication.class, one.get().getAuthenticationConfiguration());
        assertTrue(shown.getPassword().matches("\\*+"));

        var upload =
                new com.microsoft.graph.identity.apiconnectors.item.uploadclientcertificate
                        .UploadClientCertificatePostRequestBody();
        upload.setPkcs12Value(Graph.fact("pkcs12"));
        upload.setPassword(Graph.fact("pkcs12_password"));
        assertEquals(id, one.uploadClientCertificate().post(upload).getId());
        var certified =
                assertInstanceOf(ClientCertificateAuthentication.class, one.get().getAuthenticationConfiguration());
        assertEquals(1, certified.getCertificateList().size());
        assertEquals(Graph.fact("pkcs12_thumbprint"), certified.getCertificateList().get(0).getThumbprint());
        one.delete();
        Graph.refused(one::get, 404);
    }

    @Test
    void stepsOfAFlowCallConnectors() {
        String called = connector();
        String id = Graph.flow(graphClient).getId();
        var configuration =
                graphClient.identity().b2xUserFlows().byB2xIdentityUserFlowId(id).apiConnectorConfiguration();
        String path = "/identity/apiConnectors/" + called;
        assertNull(linked(id).getPostFederationSignup());
        configuration.postFederationSignup().ref().put(Graph.set(path));
        configuration.postAttributeCollection().ref().put(Graph.set(path));
        assertEquals(called, linked(id).getPostFederationSignup().getId());
        assertEquals(called, linked(id).getPostAttributeCollection().getId());
        configuration.postFederationSignup().ref().put(new ReferenceUpdate());
        assertNull(linked(id).getPostFederationSignup());
        configuration.postFederationSignup().ref().put(Graph.set(path));

        IdentityApiConnector change = new IdentityApiConnector();
        change.setDisplayName("Renamed");
        configuration.postAttributeCollection().patch(change);
        var upload =
                new com.microsoft.graph.identity.b2xuserflows.item.apiconnectorconfiguration.postattributecollection
                        .uploadclientcertificate.UploadClientCertificatePostRequestBody();
        upload.setPkcs12Value(Graph.fact("pkcs12"));
        upload.setPassword(Graph.fact("pkcs12_password"));
        configuration.postAttributeCollection().uploadClientCertificate().post(upload);
        IdentityApiConnector read = configuration.postFederationSignup().get();
        assertEquals("Renamed", read.getDisplayName());
        assertInstanceOf(ClientCertificateAuthentication.class, read.getAuthenticationConfiguration());
        configuration.postFederationSignup().ref().delete();
        configuration.postAttributeCollection().delete();
        assertNull(linked(id).getPostFederationSignup());
        assertNull(linked(id).getPostAttributeCollection());
        Graph.unflow(graphClient, id);
        graphClient.identity().apiConnectors().byIdentityApiConnectorId(called).delete();
    }

    private UserFlowApiConnectorConfiguration linked(String flow) {
        return graphClient
                .identity()
                .b2xUserFlows()
                .byB2xIdentityUserFlowId(flow)
                .apiConnectorConfiguration()
                .get(
                        request ->
                                request.queryParameters.expand =
                                        new String[] {"postFederationSignup", "postAttributeCollection"});
    }
}

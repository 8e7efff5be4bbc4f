package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.graph.applications.item.addpassword.AddPasswordPostRequestBody;
import com.microsoft.graph.applications.item.removepassword.RemovePasswordPostRequestBody;
import com.microsoft.graph.models.Application;
import com.microsoft.graph.models.ExtensionProperty;
import com.microsoft.graph.models.Invitation;
import com.microsoft.graph.models.ObjectIdentity;
import com.microsoft.graph.models.PasswordCredential;
import com.microsoft.graph.models.PasswordProfile;
import com.microsoft.graph.models.ServicePrincipal;
import com.microsoft.graph.models.User;
import com.microsoft.graph.models.WebApplication;
import com.microsoft.graph.serviceclient.GraphServiceClient;
import java.util.List;
import org.junit.jupiter.api.Test;

class DirectoryTest {
    private final GraphServiceClient graphClient = Graph.client();

    private static PasswordProfile password() {
        PasswordProfile profile = new PasswordProfile();
        profile.setPassword("Correct-horse-7");
        profile.setForceChangePasswordNextSignIn(false);
        return profile;
    }

    private List<String> found(String filter) {
        var page =
                graphClient
                        .users()
                        .get(
                                request -> {
                                    request.queryParameters.filter = filter;
                                    request.queryParameters.select = new String[] {"id"};
                                });
        return Graph.ids(page.getValue());
    }

    private void removed(String user) {
        var one = graphClient.users().byUserId(user);
        one.delete();
        Graph.refused(one::get, 404);
    }

    @Test
    void aUserLives() {
        String name = Graph.fresh("ada") + "@" + Graph.fact("tenant");
        User body = new User();
        body.setAccountEnabled(true);
        body.setDisplayName("Ada Lovelace");
        body.setMailNickname("ada");
        body.setUserPrincipalName(name);
        body.setPasswordProfile(password());
        String id = graphClient.users().post(body).getId();
        assertEquals(List.of(id), found("userPrincipalName eq '" + name + "'"));
        User change = new User();
        change.setCity("London");
        graphClient.users().byUserId(id).patch(change);
        User read =
                graphClient
                        .users()
                        .byUserId(name)
                        .get(request -> request.queryParameters.select = new String[] {"id", "city"});
        assertEquals("London", read.getCity());
        removed(id);
    }

    @Test
    void aLocalAccountIsFoundByItsIdentity() {
        String address = Graph.fresh("ada") + "@contoso.example";
        ObjectIdentity local = new ObjectIdentity();
        local.setSignInType("emailAddress");
        local.setIssuer(Graph.fact("tenant"));
        local.setIssuerAssignedId(address);
        User body = new User();
        body.setDisplayName("Ada Lovelace");
        body.setIdentities(List.of(local));
        body.setPasswordProfile(password());
        body.setPasswordPolicies("DisablePasswordExpiration");
        String id = graphClient.users().post(body).getId();
        String issuer = Graph.fact("tenant");
        String any = "c/issuerAssignedId eq '" + address + "' and c/issuer eq '" + issuer + "'";
        assertEquals(List.of(id), found("identities/any(c:" + any + ")"));
        removed(id);
    }

    @Test
    void anApplicationLives() {
        WebApplication web = new WebApplication();
        web.setRedirectUris(List.of("https://shop.contoso.example/back"));
        Application body = new Application();
        body.setDisplayName(Graph.fresh("Shop "));
        body.setWeb(web);
        Application made = graphClient.applications().post(body);
        String appId = made.getAppId();
        var one = graphClient.applications().byApplicationId(made.getId());
        assertEquals(made.getId(), graphClient.applicationsWithAppId(appId).get().getId());
        var listed =
                graphClient.applications().get(request -> request.queryParameters.filter = "appId eq '" + appId + "'");
        assertEquals(List.of(made.getId()), Graph.ids(listed.getValue()));
        Application change = new Application();
        change.setDisplayName("Renamed shop");
        one.patch(change);
        assertEquals("Renamed shop", one.get().getDisplayName());

        PasswordCredential named = new PasswordCredential();
        named.setDisplayName("one");
        AddPasswordPostRequestBody add = new AddPasswordPostRequestBody();
        add.setPasswordCredential(named);
        PasswordCredential added = one.addPassword().post(add);
        assertFalse(added.getSecretText().isEmpty());
        PasswordCredential shown = one.get().getPasswordCredentials().get(0);
        assertEquals(added.getKeyId(), shown.getKeyId());
        assertNull(shown.getSecretText());
        RemovePasswordPostRequestBody remove = new RemovePasswordPostRequestBody();
        remove.setKeyId(added.getKeyId());
        one.removePassword().post(remove);
        assertEquals(List.of(), one.get().getPasswordCredentials());

        ServicePrincipal principal = new ServicePrincipal();
        principal.setAppId(appId);
        String instance = graphClient.servicePrincipals().post(principal).getId();
        assertEquals(instance, graphClient.servicePrincipalsWithAppId(appId).get().getId());
        var principals =
                graphClient
                        .servicePrincipals()
                        .get(request -> request.queryParameters.filter = "appId eq '" + appId + "'");
        assertEquals(List.of(instance), Graph.ids(principals.getValue()));

        ExtensionProperty property = new ExtensionProperty();
        property.setName("shoeSize");
        property.setDataType("String");
        property.setTargetObjects(List.of("User"));
        ExtensionProperty extended = one.extensionProperties().post(property);
        assertEquals("extension_" + appId.replace("-", "") + "_shoeSize", extended.getName());
        var extension = one.extensionProperties().byExtensionPropertyId(extended.getId());
        assertEquals("String", extension.get().getDataType());
        extension.delete();
        one.delete();
        Graph.refused(one::get, 404);
    }

    @Test
    void aGuestIsInvited() {
        Invitation body = new Invitation();
        body.setInvitedUserEmailAddress(Graph.fresh("guest") + "@fabrikam.example");
        body.setInviteRedirectUrl("https://shop.contoso.example");
        body.setSendInvitationMessage(false);
        Invitation made = graphClient.invitations().post(body);
        assertEquals("PendingAcceptance", made.getStatus());
        removed(made.getInvitedUser().getId());
    }

    @Test
    void theOrganizationAndItsDomainsAreShown() {
        assertEquals(List.of(Graph.fact("tenant_id")), Graph.ids(graphClient.organization().get().getValue()));
        assertTrue(Graph.ids(graphClient.domains().get().getValue()).contains(Graph.fact("tenant")));
    }
}

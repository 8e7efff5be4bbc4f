package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.graph.models.AuthenticationFlowsPolicy;
import com.microsoft.graph.models.SelfServiceSignUpAuthenticationFlowConfiguration;
import com.microsoft.graph.serviceclient.GraphServiceClient;
import org.junit.jupiter.api.Test;

class PoliciesTest {
    private final GraphServiceClient graphClient = Graph.client();

    @Test
    void selfServiceSignUpIsTurnedOnAndOff() {
        var policy = graphClient.policies().authenticationFlowsPolicy();
        boolean before = policy.get().getSelfServiceSignUp().getIsEnabled();
        for (boolean enabled : new boolean[] {!before, before}) {
            var configuration = new SelfServiceSignUpAuthenticationFlowConfiguration();
            configuration.setIsEnabled(enabled);
            AuthenticationFlowsPolicy body = new AuthenticationFlowsPolicy();
            body.setSelfServiceSignUp(configuration);
            policy.patch(body);
            assertEquals(enabled, policy.get().getSelfServiceSignUp().getIsEnabled());
        }
    }
}

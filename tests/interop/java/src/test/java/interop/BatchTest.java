package interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.graph.core.content.BatchRequestContent;
import com.microsoft.graph.models.B2xIdentityUserFlow;
import com.microsoft.graph.models.UserFlowType;
import com.microsoft.graph.serviceclient.GraphServiceClient;
import java.util.HashMap;
import org.junit.jupiter.api.Test;

class BatchTest {
    private final GraphServiceClient graphClient = Graph.client();

    @Test
    void requestsGoInABatch() throws Exception {
        var flows = graphClient.identity().b2xUserFlows();
        B2xIdentityUserFlow body = new B2xIdentityUserFlow();
        body.setId(Graph.fresh("batch"));
        body.setUserFlowType(UserFlowType.SignUpOrSignIn);
        body.setUserFlowTypeVersion(1f);
        String id = "B2X_1_" + body.getId();
        BatchRequestContent batch = new BatchRequestContent(graphClient);
        String first = batch.addBatchRequestStep(flows.toPostRequestInformation(body));
        String second = batch.addBatchRequestStep(flows.byB2xIdentityUserFlowId(id).toGetRequestInformation());
        batch.getBatchRequestSteps().get(second).addDependsOnId(first);
        var answer = graphClient.getBatchRequestBuilder().post(batch, new HashMap<>());
        assertEquals(201, answer.getResponseById(first).code());
        B2xIdentityUserFlow read =
                answer.getResponseById(second, B2xIdentityUserFlow::createFromDiscriminatorValue);
        assertEquals(id, read.getId());
        Graph.unflow(graphClient, id);
    }
}

package interop

import (
	"testing"

	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	graphmodels "github.com/microsoftgraph/msgraph-sdk-go/models"
)

func TestRequestsGoInABatch(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		flows := graphClient.Identity().B2xUserFlows()
		body := graphmodels.NewB2xIdentityUserFlow()
		body.SetId(p(fresh("batch")))
		body.SetUserFlowType(p(graphmodels.SIGNUPORSIGNIN_USERFLOWTYPE))
		body.SetUserFlowTypeVersion(p(float32(1)))
		one := flows.ByB2xIdentityUserFlowId("B2X_1_" + *body.GetId())
		create, err := flows.ToPostRequestInformation(background, body, nil)
		must(t, err)
		read, err := one.ToGetRequestInformation(background, nil)
		must(t, err)
		batch := core.NewBatchRequest(graphClient.GetAdapter())
		first, err := batch.AddBatchRequestStep(*create)
		must(t, err)
		second, err := batch.AddBatchRequestStep(*read)
		must(t, err)
		second.DependsOnItem(first)
		answer, err := batch.Send(background, graphClient.GetAdapter())
		must(t, err)
		equal(t, answer.GetStatusCodes()[*first.GetId()], 201)
		found, err := core.GetBatchResponseById[graphmodels.B2xIdentityUserFlowable](
			answer, *second.GetId(), graphmodels.CreateB2xIdentityUserFlowFromDiscriminatorValue)
		must(t, err)
		equal(t, *found.GetId(), "B2X_1_"+*body.GetId())
		unflow(t, graphClient, *found.GetId())
	})
}

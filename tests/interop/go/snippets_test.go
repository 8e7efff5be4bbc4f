package interop

import (
	"context"
	"slices"
	"testing"

	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	graphmodels "github.com/microsoftgraph/msgraph-sdk-go/models"
)

// The example as printed.
func TestB2xExample1DefaultValues(t *testing.T) {
	graphClient := connect(t, "v1.0")
	removePartner(t, graphClient)

	requestBody := graphmodels.NewB2xIdentityUserFlow()
	id := "Partner"
	requestBody.SetId(&id)
	userFlowType := graphmodels.SIGNUPORSIGNIN_USERFLOWTYPE
	requestBody.SetUserFlowType(&userFlowType)
	userFlowTypeVersion := float32(1)
	requestBody.SetUserFlowTypeVersion(&userFlowTypeVersion)
	// To initialize your graphClient, see https://learn.microsoft.com/en-us/graph/sdks/create-client?from=snippets&tabs=go
	b2xUserFlows, err := graphClient.Identity().B2xUserFlows().Post(context.Background(), requestBody, nil)

	must(t, err)
	equal(t, *b2xUserFlows.GetId(), "B2X_1_Partner")
	equal(t, *b2xUserFlows.GetUserFlowType(), graphmodels.SIGNUPORSIGNIN_USERFLOWTYPE)
	equal(t, *b2xUserFlows.GetUserFlowTypeVersion(), 1)
	removePartner(t, graphClient)
}

// The example, but for the two names that Go itself refuses as printed: `id` is declared twice in
// one scope, and `type` is a keyword.
func TestB2xExample2AnIdentityProvider(t *testing.T) {
	graphClient := connect(t, "v1.0")
	removePartner(t, graphClient)

	requestBody := graphmodels.NewB2xIdentityUserFlow()
	id := "Partner"
	requestBody.SetId(&id)
	userFlowType := graphmodels.SIGNUPORSIGNIN_USERFLOWTYPE
	requestBody.SetUserFlowType(&userFlowType)
	userFlowTypeVersion := float32(1)
	requestBody.SetUserFlowTypeVersion(&userFlowTypeVersion)
	identityProvider := graphmodels.NewIdentityProvider()
	id1 := "Facebook-OAuth"
	identityProvider.SetId(&id1)
	type1 := "Facebook"
	identityProvider.SetTypeEscaped(&type1)
	name := "Facebook"
	identityProvider.SetName(&name)
	identityProviders := []graphmodels.IdentityProviderable{
		identityProvider,
	}
	requestBody.SetIdentityProviders(identityProviders)
	// To initialize your graphClient, see https://learn.microsoft.com/en-us/graph/sdks/create-client?from=snippets&tabs=go
	b2xUserFlows, err := graphClient.Identity().B2xUserFlows().Post(context.Background(), requestBody, nil)

	must(t, err)
	made := graphClient.Identity().B2xUserFlows().ByB2xIdentityUserFlowId(*b2xUserFlows.GetId())
	linked, err := made.UserFlowIdentityProviders().Get(background, nil)
	must(t, err)
	holds(t, slices.Contains(ids(linked.GetValue()), "Facebook-OAUTH"), "Facebook is not linked")
	removePartner(t, graphClient)
}

func removePartner(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
	t.Helper()
	flows := graphClient.Identity().B2xUserFlows()
	page, err := flows.Get(background, nil)
	must(t, err)
	if slices.Contains(ids(page.GetValue()), "B2X_1_Partner") {
		must(t, flows.ByB2xIdentityUserFlowId("B2X_1_Partner").Delete(background, nil))
	}
}

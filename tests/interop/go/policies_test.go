package interop

import (
	"testing"

	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	graphmodels "github.com/microsoftgraph/msgraph-sdk-go/models"
)

func TestSelfServiceSignUpIsTurnedOnAndOff(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		policy := graphClient.Policies().AuthenticationFlowsPolicy()
		enabled := func() bool {
			t.Helper()
			read, err := policy.Get(background, nil)
			must(t, err)
			return *read.GetSelfServiceSignUp().GetIsEnabled()
		}
		before := enabled()
		for _, wanted := range []bool{!before, before} {
			configuration := graphmodels.NewSelfServiceSignUpAuthenticationFlowConfiguration()
			configuration.SetIsEnabled(p(wanted))
			body := graphmodels.NewAuthenticationFlowsPolicy()
			body.SetSelfServiceSignUp(configuration)
			_, err := policy.Patch(background, body, nil)
			must(t, err)
			equal(t, enabled(), wanted)
		}
	})
}

package interop

import (
	"slices"
	"strings"
	"testing"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/identity"
	graphmodels "github.com/microsoftgraph/msgraph-sdk-go/models"
)

func TestAB2xFlowLives(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		flows := graphClient.Identity().B2xUserFlows()
		before := *got[*int32](t)(flows.Count().Get(background, nil))
		made := flow(t, graphClient)
		id := *made.GetId()
		holds(t, strings.HasPrefix(id, "B2X_1_"), id)
		equal(t, *got[*int32](t)(flows.Count().Get(background, nil)), before+1)
		all, err := flows.Get(background, nil)
		must(t, err)
		holds(t, slices.Contains(ids(all.GetValue()), id), "it is not listed")
		found, err := flows.Get(background, &identity.B2xUserFlowsRequestBuilderGetRequestConfiguration{
			QueryParameters: &identity.B2xUserFlowsRequestBuilderGetQueryParameters{
				Filter: p("id eq '" + id + "'"), Select: []string{"id"}},
		})
		must(t, err)
		equal(t, len(found.GetValue()), 1)
		one := flows.ByB2xIdentityUserFlowId(id)
		read, err := one.Get(background, nil)
		must(t, err)
		equal(t, *read.GetUserFlowType(), graphmodels.SIGNUPORSIGNIN_USERFLOWTYPE)

		again := graphmodels.NewB2xIdentityUserFlow()
		again.SetId(&id)
		again.SetUserFlowType(p(graphmodels.SIGNUPORSIGNIN_USERFLOWTYPE))
		again.SetUserFlowTypeVersion(p(float32(1)))
		_, err = flows.Post(background, again, nil)
		refused(t, err, 409)
		change := graphmodels.NewB2xIdentityUserFlow()
		change.SetUserFlowType(p(graphmodels.SIGNIN_USERFLOWTYPE))
		_, err = one.Patch(background, change, nil)
		refused(t, err, 400)
		unflow(t, graphClient, id)
	})
}

func TestPagesAreFollowed(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		made := []string{}
		for range 3 {
			made = append(made, *flow(t, graphClient).GetId())
		}
		page, err := graphClient.Identity().B2xUserFlows().Get(background, &identity.B2xUserFlowsRequestBuilderGetRequestConfiguration{
			QueryParameters: &identity.B2xUserFlowsRequestBuilderGetQueryParameters{Top: p(int32(2))},
		})
		must(t, err)
		equal(t, len(page.GetValue()), 2)
		pages, err := core.NewPageIterator[graphmodels.B2xIdentityUserFlowable](
			page, graphClient.GetAdapter(),
			graphmodels.CreateB2xIdentityUserFlowCollectionResponseFromDiscriminatorValue)
		must(t, err)
		seen := map[string]int{}
		must(t, pages.Iterate(background, func(one graphmodels.B2xIdentityUserFlowable) bool {
			seen[*one.GetId()]++
			return true
		}))
		for _, id := range made {
			equal(t, seen[id], 1)
			unflow(t, graphClient, id)
		}
	})
}

func TestProvidersAreLinkedAndUnlinked(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		id := *flow(t, graphClient).GetId()
		one := graphClient.Identity().B2xUserFlows().ByB2xIdentityUserFlowId(id)
		linked := func() []string {
			page, err := one.UserFlowIdentityProviders().Get(background, nil)
			must(t, err)
			old, err := one.IdentityProviders().Get(background, nil)
			must(t, err)
			found := ids(page.GetValue())
			equal(t, strings.Join(ids(old.GetValue()), " "), strings.Join(found, " "))
			equal(t, int(*got[*int32](t)(one.UserFlowIdentityProviders().Count().Get(background, nil))), len(found))
			return found
		}
		facebook := graphmodels.NewReferenceCreate()
		facebook.SetOdataId(p(reference(graphClient, "/identity/identityProviders/Facebook-OAUTH")))
		before := linked()
		must(t, one.UserFlowIdentityProviders().Ref().Post(background, facebook, nil))
		holds(t, slices.Contains(linked(), "Facebook-OAUTH"), "it is not linked")
		must(t, one.UserFlowIdentityProviders().ByIdentityProviderBaseId("Facebook-OAUTH").Ref().Delete(background, nil))
		equal(t, len(linked()), len(before))
		must(t, one.UserFlowIdentityProviders().Ref().Post(background, facebook, nil))
		must(t, one.UserFlowIdentityProviders().Ref().Delete(background,
			&identity.B2xUserFlowsItemUserFlowIdentityProvidersRefRequestBuilderDeleteRequestConfiguration{
				QueryParameters: &identity.B2xUserFlowsItemUserFlowIdentityProvidersRefRequestBuilderDeleteQueryParameters{
					Id: facebook.GetOdataId()},
			}))
		equal(t, len(linked()), len(before))
		unflow(t, graphClient, id)
	})
}

// The v1.0 SDK has no builders for what is in beta alone, so these go by address.
func TestFlowsOfBetaLive(t *testing.T) {
	graphClient := connect(t, "beta")
	for _, collection := range []string{"b2cUserFlows", "userFlows"} {
		t.Run(collection, func(t *testing.T) {
			path := "/identity/" + collection
			body := graphmodels.NewIdentityUserFlow()
			body.SetId(p(fresh("go")))
			body.SetUserFlowType(p(graphmodels.SIGNUPORSIGNIN_USERFLOWTYPE))
			body.SetUserFlowTypeVersion(p(float32(1)))
			send := func(request *abstractions.RequestInformation) (graphmodels.IdentityUserFlowable, error) {
				answer, err := graphClient.GetAdapter().Send(background, request,
					graphmodels.CreateIdentityUserFlowFromDiscriminatorValue, errorMappings)
				if err != nil {
					return nil, err
				}
				return answer.(graphmodels.IdentityUserFlowable), nil
			}
			create := raw(graphClient, abstractions.POST, path)
			must(t, create.SetContentFromParsable(background, graphClient.GetAdapter(), "application/json", body))
			made, err := send(create)
			must(t, err)
			equal(t, *made.GetId(), "B2C_1_"+*body.GetId())
			item := path + "/" + *made.GetId()
			read, err := send(raw(graphClient, abstractions.GET, item))
			must(t, err)
			equal(t, *read.GetUserFlowTypeVersion(), 1)
			must(t, graphClient.GetAdapter().SendNoContent(background, raw(graphClient, abstractions.DELETE, item), errorMappings))
			_, err = send(raw(graphClient, abstractions.GET, item))
			refused(t, err, 404)
		})
	}
}

package interop

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	"github.com/microsoftgraph/msgraph-sdk-go/identity"
	graphmodels "github.com/microsoftgraph/msgraph-sdk-go/models"
)

func attribute(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) graphmodels.IdentityUserFlowAttributeable {
	t.Helper()
	body := graphmodels.NewIdentityUserFlowAttribute()
	body.SetDisplayName(p(fresh("Shoe Size ")))
	body.SetDescription(p("Your shoe size"))
	body.SetDataType(p(graphmodels.STRING_IDENTITYUSERFLOWATTRIBUTEDATATYPE))
	made, err := graphClient.Identity().UserFlowAttributes().Post(background, body, nil)
	must(t, err)
	return made
}

func TestACustomAttributeLives(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		attributes := graphClient.Identity().UserFlowAttributes()
		made := attribute(t, graphClient)
		id := *made.GetId()
		holds(t, strings.HasPrefix(id, "extension_"), id)
		equal(t, *made.GetUserFlowAttributeType(), graphmodels.CUSTOM_IDENTITYUSERFLOWATTRIBUTETYPE)
		all, err := attributes.Get(background, nil)
		must(t, err)
		holds(t, slices.Contains(ids(all.GetValue()), id), "it is not listed")
		equal(t, int(*got[*int32](t)(attributes.Count().Get(background, nil))), len(all.GetValue()))
		one := attributes.ByIdentityUserFlowAttributeId(id)
		change := graphmodels.NewIdentityUserFlowAttribute()
		change.SetDescription(p("In European sizes"))
		_, err = one.Patch(background, change, nil)
		must(t, err)
		read, err := one.Get(background, nil)
		must(t, err)
		equal(t, *read.GetDescription(), "In European sizes")
		must(t, one.Delete(background, nil))
		_, err = one.Get(background, nil)
		refused(t, err, 404)
	})
}

func TestAttributesAreAssignedAndOrdered(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		custom := *attribute(t, graphClient).GetId()
		id := *flow(t, graphClient).GetId()
		assigned := graphClient.Identity().B2xUserFlows().ByB2xIdentityUserFlowId(id).UserAttributeAssignments()
		for _, attribute := range []string{custom, "city"} {
			named := graphmodels.NewIdentityUserFlowAttribute()
			named.SetId(p(attribute))
			body := graphmodels.NewIdentityUserFlowAttributeAssignment()
			body.SetIsOptional(p(false))
			body.SetRequiresVerification(p(false))
			body.SetUserInputType(p(graphmodels.TEXTBOX_IDENTITYUSERFLOWATTRIBUTEINPUTTYPE))
			body.SetDisplayName(p("Asked here"))
			body.SetUserAttributeValues([]graphmodels.UserAttributeValuesItemable{})
			body.SetUserAttribute(named)
			_, err := assigned.Post(background, body, nil)
			must(t, err)
		}
		all, err := assigned.Get(background, nil)
		must(t, err)
		equal(t, int(*got[*int32](t)(assigned.Count().Get(background, nil))), len(all.GetValue()))
		item := assigned.ByIdentityUserFlowAttributeAssignmentId(custom)
		of, err := item.UserAttribute().Get(background, nil)
		must(t, err)
		equal(t, *of.GetId(), custom)
		change := graphmodels.NewIdentityUserFlowAttributeAssignment()
		change.SetIsOptional(p(true))
		_, err = item.Patch(background, change, nil)
		must(t, err)
		read, err := item.Get(background, nil)
		must(t, err)
		equal(t, *read.GetIsOptional(), true)

		order, err := assigned.GetOrder().Get(background, nil)
		must(t, err)
		turned := slices.Clone(order.GetOrder())
		slices.Reverse(turned)
		asked := graphmodels.NewAssignmentOrder()
		asked.SetOrder(turned)
		request := identity.NewB2xUserFlowsItemUserAttributeAssignmentsSetOrderPostRequestBody()
		request.SetNewAssignmentOrder(asked)
		must(t, assigned.SetOrder().Post(background, request, nil))
		order, err = assigned.GetOrder().Get(background, nil)
		must(t, err)
		equal(t, strings.Join(order.GetOrder(), " "), strings.Join(turned, " "))

		used := graphClient.Identity().UserFlowAttributes().ByIdentityUserFlowAttributeId(custom)
		message := refused(t, used.Delete(background, nil), 400, 409)
		holds(t, strings.Contains(message, id), message)
		must(t, item.Delete(background, nil))
		unflow(t, graphClient, id)
		must(t, used.Delete(background, nil))
	})
}

func TestLanguagesHavePagesWithTexts(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		id := *flow(t, graphClient).GetId()
		languages := graphClient.Identity().B2xUserFlows().ByB2xIdentityUserFlowId(id).Languages()
		all, err := languages.Get(background, nil)
		must(t, err)
		holds(t, slices.Contains(ids(all.GetValue()), "es"), "no Spanish")
		equal(t, int(*got[*int32](t)(languages.Count().Get(background, nil))), len(all.GetValue()))
		spanish := languages.ByUserFlowLanguageConfigurationId("es")
		read, err := spanish.Get(background, nil)
		must(t, err)
		equal(t, *read.GetIsEnabled(), true)
		pages, err := spanish.DefaultPages().Get(background, nil)
		must(t, err)
		page := *pages.GetValue()[0].GetId()
		standard := spanish.DefaultPages().ByUserFlowLanguagePageId(page).Content()
		override := spanish.OverridesPages().ByUserFlowLanguagePageId(page).Content()
		type texts struct{ LocalizedStrings []map[string]any }
		parsed := func(content []byte, err error) []map[string]any {
			t.Helper()
			must(t, err)
			var found texts
			must(t, json.Unmarshal(content, &found))
			return found.LocalizedStrings
		}
		first := parsed(standard.Get(background, nil))[0]
		shown := func() any {
			t.Helper()
			for _, one := range parsed(override.Get(background, nil)) {
				if one["ElementType"] == first["ElementType"] && one["ElementId"] == first["ElementId"] &&
					one["StringId"] == first["StringId"] {
					return one["Value"]
				}
			}
			return nil
		}
		was := first["Value"]
		first["Value"], first["Override"] = "Hola", true
		body, err := json.Marshal(texts{[]map[string]any{first}})
		must(t, err)
		_, err = override.Put(background, body, nil)
		must(t, err)
		equal(t, shown(), any("Hola"))
		must(t, override.Delete(background, nil))
		equal(t, shown(), was)
		_, err = standard.Put(background, body, nil)
		refused(t, err, 400, 405)
		unflow(t, graphClient, id)
	})
}

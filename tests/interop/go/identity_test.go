package interop

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	"github.com/microsoftgraph/msgraph-sdk-go/identity"
	graphmodels "github.com/microsoftgraph/msgraph-sdk-go/models"
)

const secret = "not-shown"

func lives(t *testing.T, graphClient *msgraphsdk.GraphServiceClient, body, change graphmodels.IdentityProviderBaseable, prefix string) {
	t.Helper()
	providers := graphClient.Identity().IdentityProviders()
	made, err := providers.Post(background, body, nil)
	must(t, err)
	holds(t, strings.HasPrefix(*made.GetId(), prefix), *made.GetId())
	one := providers.ByIdentityProviderBaseId(*made.GetId())
	read, err := one.Get(background, nil)
	must(t, err)
	equal(t, *read.GetOdataType(), *body.GetOdataType())
	equal(t, *read.GetDisplayName(), *body.GetDisplayName())
	all, err := providers.Get(background, nil)
	must(t, err)
	holds(t, slices.Contains(ids(all.GetValue()), *made.GetId()), "it is not listed")
	change.SetDisplayName(p("Changed"))
	_, err = one.Patch(background, change, nil)
	must(t, err)
	read, err = one.Get(background, nil)
	must(t, err)
	equal(t, *read.GetDisplayName(), "Changed")
	must(t, one.Delete(background, nil))
	_, err = one.Get(background, nil)
	refused(t, err, 404)
}

func TestASocialProviderLives(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		body := graphmodels.NewSocialIdentityProvider()
		body.SetDisplayName(p("Login with Amazon"))
		body.SetIdentityProviderType(p("Amazon"))
		body.SetClientId(p("56433757"))
		body.SetClientSecret(p(secret))
		lives(t, graphClient, body, graphmodels.NewSocialIdentityProvider(), "Amazon-O")
	})
}

func TestAnAppleManagedProviderLives(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		body := graphmodels.NewAppleManagedIdentityProvider()
		body.SetDisplayName(p("Sign in with Apple"))
		body.SetDeveloperId(p("UBF8T346G9"))
		body.SetServiceId(p("com.contoso.app.signin"))
		body.SetKeyId(p("99P6D879C4"))
		body.SetCertificateData(p(secret))
		lives(t, graphClient, body, graphmodels.NewAppleManagedIdentityProvider(), "Apple-Managed-OIDC")
	})
}

// The SDK has no model for it, so it goes as the base with its members beside.
func TestAnOidcProviderLives(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		kind := p("#microsoft.graph.oidcIdentityProvider")
		body := graphmodels.NewIdentityProviderBase()
		body.SetOdataType(kind)
		body.SetDisplayName(p("Workforce"))
		body.SetAdditionalData(map[string]any{
			"clientId":          "56433757",
			"issuer":            "https://login.contoso.example",
			"wellKnownEndpoint": "https://login.contoso.example/.well-known/openid-configuration",
			"responseType":      "code",
			"scope":             "openid profile email",
			"clientAuthentication": map[string]any{
				"@odata.type":  "#microsoft.graph.oidcClientSecretAuthentication",
				"clientSecret": secret,
			},
			"inboundClaimMapping": map[string]any{"sub": "sub", "name": "name", "email": "email"},
		})
		change := graphmodels.NewIdentityProviderBase()
		change.SetOdataType(kind)
		lives(t, graphClient, body, change, "")
	})
}

func TestBuiltInProvidersAreThereAndStay(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		providers := graphClient.Identity().IdentityProviders()
		page, err := providers.Get(background, nil)
		must(t, err)
		builtIn := []string{}
		for _, one := range page.GetValue() {
			if _, is := one.(graphmodels.BuiltInIdentityProviderable); is {
				builtIn = append(builtIn, *one.GetId())
			}
		}
		holds(t, slices.Contains(builtIn, "EmailOtpSignup-OAUTH"), strings.Join(builtIn, " "))
		equal(t, int(*got[*int32](t)(providers.Count().Get(background, nil))), len(page.GetValue()))
		refused(t, providers.ByIdentityProviderBaseId("EmailOtpSignup-OAUTH").Delete(background, nil), 400, 403, 405, 409)
		types, err := providers.AvailableProviderTypes().GetAsAvailableProviderTypesGetResponse(background, nil)
		must(t, err)
		holds(t, slices.Contains(types.GetValue(), "Google"), "Google is not available")
	})
}

func TestAnOldProviderLives(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		providers := graphClient.IdentityProviders()
		body := graphmodels.NewIdentityProvider()
		body.SetName(p("Login with Amazon"))
		body.SetTypeEscaped(p("Amazon"))
		body.SetClientId(p("56433757"))
		body.SetClientSecret(p(secret))
		made, err := providers.Post(background, body, nil)
		must(t, err)
		one := providers.ByIdentityProviderId(*made.GetId())
		all, err := providers.Get(background, nil)
		must(t, err)
		holds(t, slices.Contains(ids(all.GetValue()), *made.GetId()), "it is not listed")
		equal(t, int(*got[*int32](t)(providers.Count().Get(background, nil))), len(all.GetValue()))
		change := graphmodels.NewIdentityProvider()
		change.SetName(p("Changed"))
		_, err = one.Patch(background, change, nil)
		must(t, err)
		read, err := one.Get(background, nil)
		must(t, err)
		equal(t, *read.GetName(), "Changed")
		holds(t, *read.GetClientSecret() != secret, "the secret is shown")
		types, err := providers.AvailableProviderTypes().GetAsAvailableProviderTypesGetResponse(background, nil)
		must(t, err)
		holds(t, slices.Contains(types.GetValue(), "Google"), "Google is not available")
		must(t, one.Delete(background, nil))
		_, err = one.Get(background, nil)
		refused(t, err, 404)
	})
}

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

func connector(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) string {
	t.Helper()
	authentication := graphmodels.NewBasicAuthentication()
	authentication.SetUsername(p("caller"))
	authentication.SetPassword(p(secret))
	body := graphmodels.NewIdentityApiConnector()
	body.SetDisplayName(p(fresh("Connector ")))
	body.SetTargetUrl(p("https://api.contoso.example/check"))
	body.SetAuthenticationConfiguration(authentication)
	made, err := graphClient.Identity().ApiConnectors().Post(background, body, nil)
	must(t, err)
	return *made.GetId()
}

func TestAConnectorLives(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		connectors := graphClient.Identity().ApiConnectors()
		id := connector(t, graphClient)
		all, err := connectors.Get(background, nil)
		must(t, err)
		holds(t, slices.Contains(ids(all.GetValue()), id), "it is not listed")
		equal(t, int(*got[*int32](t)(connectors.Count().Get(background, nil))), len(all.GetValue()))
		one := connectors.ByIdentityApiConnectorId(id)
		change := graphmodels.NewIdentityApiConnector()
		change.SetDisplayName(p("Renamed"))
		_, err = one.Patch(background, change, nil)
		must(t, err)
		read, err := one.Get(background, nil)
		must(t, err)
		equal(t, *read.GetDisplayName(), "Renamed")
		shown := read.GetAuthenticationConfiguration().(graphmodels.BasicAuthenticationable)
		equal(t, strings.Trim(*shown.GetPassword(), "*"), "")
		upload := identity.NewApiConnectorsItemUploadClientCertificatePostRequestBody()
		upload.SetPkcs12Value(&facts.Pkcs12)
		upload.SetPassword(&facts.Password)
		_, err = one.UploadClientCertificate().Post(background, upload, nil)
		must(t, err)
		read, err = one.Get(background, nil)
		must(t, err)
		certified := read.GetAuthenticationConfiguration().(graphmodels.ClientCertificateAuthenticationable)
		equal(t, len(certified.GetCertificateList()), 1)
		equal(t, *certified.GetCertificateList()[0].GetThumbprint(), facts.Thumbprint)
		must(t, one.Delete(background, nil))
		_, err = one.Get(background, nil)
		refused(t, err, 404)
	})
}

func TestStepsOfAFlowCallConnectors(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		id := *flow(t, graphClient).GetId()
		called := connector(t, graphClient)
		configuration := graphClient.Identity().B2xUserFlows().ByB2xIdentityUserFlowId(id).ApiConnectorConfiguration()
		linked := func() graphmodels.UserFlowApiConnectorConfigurationable {
			t.Helper()
			found, err := configuration.Get(background, &identity.B2xUserFlowsItemApiConnectorConfigurationRequestBuilderGetRequestConfiguration{
				QueryParameters: &identity.B2xUserFlowsItemApiConnectorConfigurationRequestBuilderGetQueryParameters{
					Expand: []string{"postFederationSignup", "postAttributeCollection"}},
			})
			must(t, err)
			return found
		}
		link := graphmodels.NewReferenceUpdate()
		link.SetOdataId(p(reference(graphClient, "/identity/apiConnectors/"+called)))
		holds(t, linked().GetPostFederationSignup() == nil, "it is linked")
		must(t, configuration.PostFederationSignup().Ref().Put(background, link, nil))
		must(t, configuration.PostAttributeCollection().Ref().Put(background, link, nil))
		equal(t, *linked().GetPostFederationSignup().GetId(), called)
		equal(t, *linked().GetPostAttributeCollection().GetId(), called)
		change := graphmodels.NewIdentityApiConnector()
		change.SetDisplayName(p("Renamed"))
		_, err := configuration.PostAttributeCollection().Patch(background, change, nil)
		must(t, err)
		upload := identity.NewB2xUserFlowsItemApiConnectorConfigurationPostAttributeCollectionUploadClientCertificatePostRequestBody()
		upload.SetPkcs12Value(&facts.Pkcs12)
		upload.SetPassword(&facts.Password)
		_, err = configuration.PostAttributeCollection().UploadClientCertificate().Post(background, upload, nil)
		must(t, err)
		read, err := configuration.PostFederationSignup().Get(background, nil)
		must(t, err)
		equal(t, *read.GetDisplayName(), "Renamed")
		equal(t, *read.GetAuthenticationConfiguration().GetOdataType(), "#microsoft.graph.clientCertificateAuthentication")
		must(t, configuration.PostFederationSignup().Ref().Delete(background, nil))
		must(t, configuration.PostAttributeCollection().Delete(background, nil))
		holds(t, linked().GetPostFederationSignup() == nil, "it is still linked")
		holds(t, linked().GetPostAttributeCollection() == nil, "it is still linked")
		unflow(t, graphClient, id)
		must(t, graphClient.Identity().ApiConnectors().ByIdentityApiConnectorId(called).Delete(background, nil))
	})
}

// The SDK takes references for strings, against any server.
func TestTheSdkCannotReadAReference(t *testing.T) {
	graphClient := connect(t, "v1.0")
	id := *flow(t, graphClient).GetId()
	called := connector(t, graphClient)
	step := graphClient.Identity().B2xUserFlows().ByB2xIdentityUserFlowId(id).ApiConnectorConfiguration().PostFederationSignup()
	link := graphmodels.NewReferenceUpdate()
	link.SetOdataId(p(called))
	must(t, step.Ref().Put(background, link, nil))
	text, err := step.Ref().Get(background, nil)
	holds(t, err != nil || text == nil || *text == "", "the SDK has learnt to read references: tell it in the documents")
	path := "/identity/b2xUserFlows/" + id + "/apiConnectorConfiguration/postFederationSignup/$ref"
	answer, err := graphClient.GetAdapter().Send(background, raw(graphClient, abstractions.GET, path),
		graphmodels.CreateReferenceUpdateFromDiscriminatorValue, errorMappings)
	must(t, err)
	found := *answer.(graphmodels.ReferenceUpdateable).GetOdataId()
	holds(t, strings.Contains(found, called), found)
	unflow(t, graphClient, id)
	must(t, graphClient.Identity().ApiConnectors().ByIdentityApiConnectorId(called).Delete(background, nil))
}

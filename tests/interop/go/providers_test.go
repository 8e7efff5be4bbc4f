package interop

import (
	"slices"
	"strings"
	"testing"

	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
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

// Package interop drives the server with Microsoft's Graph SDK for Go.
package interop

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	kiota "github.com/microsoft/kiota-authentication-azure-go"
	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	graphmodels "github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
)

// facts is what the suite is told of the running server.
var facts struct {
	BaseURL      string `json:"base_url"`
	Tenant       string `json:"tenant"`
	TenantID     string `json:"tenant_id"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	Pkcs12       string `json:"pkcs12"`
	Password     string `json:"pkcs12_password"`
	Thumbprint   string `json:"pkcs12_thumbprint"`
}

var credential azcore.TokenCredential

func TestMain(m *testing.M) {
	text, err := os.ReadFile(os.Getenv("VESTIBULE_FACTS"))
	if err == nil {
		err = json.Unmarshal(text, &facts)
	}
	if err == nil {
		credential, err = azidentity.NewClientSecretCredential(
			facts.Tenant, facts.ClientID, facts.ClientSecret,
			&azidentity.ClientSecretCredentialOptions{
				ClientOptions: azcore.ClientOptions{
					Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: facts.BaseURL},
				},
				DisableInstanceDiscovery: true,
			})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Exit(m.Run())
}

// connect points the SDK at one version: host and credential, and nothing else.
func connect(t *testing.T, version string) *msgraphsdk.GraphServiceClient {
	t.Helper()
	scopes := []string{"https://graph.microsoft.com/.default"}
	// Without its own host in the list, the SDK sends no token to this server.
	auth, err := kiota.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(
		credential, scopes, []string{"localhost"})
	must(t, err)
	adapter, err := msgraphsdk.NewGraphRequestAdapter(auth)
	must(t, err)
	adapter.SetBaseUrl(facts.BaseURL + "/" + version)
	return msgraphsdk.NewGraphServiceClient(adapter)
}

// each runs a story on both versions: what the SDK has models for is in both.
func each(t *testing.T, story func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient)) {
	t.Helper()
	for _, version := range []string{"v1.0", "beta"} {
		t.Run(version, func(t *testing.T) { story(t, connect(t, version)) })
	}
}

var background = context.Background()

func p[T any](value T) *T { return &value }

func must(t *testing.T, err error) {
	t.Helper()
	var refusal *odataerrors.ODataError
	if errors.As(err, &refusal) {
		t.Fatalf("%d: %s", refusal.ResponseStatusCode, refusal.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func got[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		must(t, err)
		return value
	}
}

func equal[T comparable](t *testing.T, found, wanted T) {
	t.Helper()
	if found != wanted {
		t.Fatalf("found %v, wanted %v", found, wanted)
	}
}

func holds(t *testing.T, truth bool, what string) {
	t.Helper()
	if !truth {
		t.Fatal(what)
	}
}

// refused checks that the SDK raises Graph's error with one of these statuses.
func refused(t *testing.T, err error, statuses ...int) string {
	t.Helper()
	var refusal *odataerrors.ODataError
	if !errors.As(err, &refusal) {
		t.Fatalf("not refused with Graph's error: %v", err)
	}
	holds(t, slices.Contains(statuses, refusal.ResponseStatusCode),
		fmt.Sprintf("%d: %s", refusal.ResponseStatusCode, refusal.Error()))
	holds(t, refusal.GetErrorEscaped().GetCode() != nil, "the error has no code")
	return *refusal.GetErrorEscaped().GetMessage()
}

type identified interface{ GetId() *string }

func ids[T identified](all []T) []string {
	found := make([]string, 0, len(all))
	for _, one := range all {
		found = append(found, *one.GetId())
	}
	return found
}

func fresh(prefix string) string {
	random := make([]byte, 6)
	_, _ = rand.Read(random)
	return prefix + hex.EncodeToString(random)
}

func reference(graphClient *msgraphsdk.GraphServiceClient, path string) string {
	return graphClient.GetAdapter().GetBaseUrl() + path
}

// raw sends a request for which the SDK has no builder, through its own adapter.
func raw(graphClient *msgraphsdk.GraphServiceClient, method abstractions.HttpMethod, path string) *abstractions.RequestInformation {
	request := abstractions.NewRequestInformation()
	request.Method = method
	request.UrlTemplate = "{+baseurl}" + strings.ReplaceAll(path, "$", "%24")
	request.PathParameters = map[string]string{"baseurl": graphClient.GetAdapter().GetBaseUrl()}
	return request
}

var errorMappings = abstractions.ErrorMappings{
	"XXX": odataerrors.CreateODataErrorFromDiscriminatorValue,
}

// flow makes a b2x flow with a name of its own.
func flow(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) graphmodels.B2xIdentityUserFlowable {
	t.Helper()
	body := graphmodels.NewB2xIdentityUserFlow()
	body.SetId(p(fresh("go")))
	body.SetUserFlowType(p(graphmodels.SIGNUPORSIGNIN_USERFLOWTYPE))
	body.SetUserFlowTypeVersion(p(float32(1)))
	made, err := graphClient.Identity().B2xUserFlows().Post(background, body, nil)
	must(t, err)
	return made
}

func unflow(t *testing.T, graphClient *msgraphsdk.GraphServiceClient, id string) {
	t.Helper()
	one := graphClient.Identity().B2xUserFlows().ByB2xIdentityUserFlowId(id)
	must(t, one.Delete(background, nil))
	_, err := one.Get(background, nil)
	refused(t, err, 404)
}

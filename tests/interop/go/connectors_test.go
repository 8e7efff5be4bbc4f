package interop

import (
	"slices"
	"strings"
	"testing"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	"github.com/microsoftgraph/msgraph-sdk-go/identity"
	graphmodels "github.com/microsoftgraph/msgraph-sdk-go/models"
)

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
	_, err := step.Ref().Get(background, nil)
	holds(t, err != nil && strings.Contains(err.Error(), "not compatible with type string"),
		"the SDK has learnt to read references: say so in the documents")
	path := "/identity/b2xUserFlows/" + id + "/apiConnectorConfiguration/postFederationSignup/$ref"
	answer, err := graphClient.GetAdapter().Send(background, raw(graphClient, abstractions.GET, path),
		graphmodels.CreateReferenceUpdateFromDiscriminatorValue, errorMappings)
	must(t, err)
	found := *answer.(graphmodels.ReferenceUpdateable).GetOdataId()
	holds(t, strings.Contains(found, called), found)
	unflow(t, graphClient, id)
	must(t, graphClient.Identity().ApiConnectors().ByIdentityApiConnectorId(called).Delete(background, nil))
}

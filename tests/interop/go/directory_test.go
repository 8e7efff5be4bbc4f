package interop

import (
	"slices"
	"strings"
	"testing"

	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	graphmodels "github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
	"github.com/microsoftgraph/msgraph-sdk-go/users"
)

func password() graphmodels.PasswordProfileable {
	profile := graphmodels.NewPasswordProfile()
	profile.SetPassword(p("Correct-horse-7"))
	profile.SetForceChangePasswordNextSignIn(p(false))
	return profile
}

func find(t *testing.T, graphClient *msgraphsdk.GraphServiceClient, filter string) []string {
	t.Helper()
	page, err := graphClient.Users().Get(background, &users.UsersRequestBuilderGetRequestConfiguration{
		QueryParameters: &users.UsersRequestBuilderGetQueryParameters{Filter: &filter, Select: []string{"id"}},
	})
	must(t, err)
	return ids(page.GetValue())
}

func removed(t *testing.T, graphClient *msgraphsdk.GraphServiceClient, user string) {
	t.Helper()
	one := graphClient.Users().ByUserId(user)
	must(t, one.Delete(background, nil))
	_, err := one.Get(background, nil)
	refused(t, err, 404)
}

func TestAUserLives(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		name := fresh("ada") + "@" + facts.Tenant
		body := graphmodels.NewUser()
		body.SetAccountEnabled(p(true))
		body.SetDisplayName(p("Ada Lovelace"))
		body.SetMailNickname(p("ada"))
		body.SetUserPrincipalName(&name)
		body.SetPasswordProfile(password())
		made, err := graphClient.Users().Post(background, body, nil)
		must(t, err)
		found := find(t, graphClient, "userPrincipalName eq '"+name+"'")
		equal(t, strings.Join(found, " "), *made.GetId())
		change := graphmodels.NewUser()
		change.SetCity(p("London"))
		_, err = graphClient.Users().ByUserId(*made.GetId()).Patch(background, change, nil)
		must(t, err)
		read, err := graphClient.Users().ByUserId(name).Get(background, &users.UserItemRequestBuilderGetRequestConfiguration{
			QueryParameters: &users.UserItemRequestBuilderGetQueryParameters{Select: []string{"id", "city"}},
		})
		must(t, err)
		equal(t, *read.GetCity(), "London")
		removed(t, graphClient, *made.GetId())
	})
}

func TestALocalAccountIsFoundByItsIdentity(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		address := fresh("ada") + "@contoso.example"
		local := graphmodels.NewObjectIdentity()
		local.SetSignInType(p("emailAddress"))
		local.SetIssuer(&facts.Tenant)
		local.SetIssuerAssignedId(&address)
		body := graphmodels.NewUser()
		body.SetDisplayName(p("Ada Lovelace"))
		body.SetIdentities([]graphmodels.ObjectIdentityable{local})
		body.SetPasswordProfile(password())
		body.SetPasswordPolicies(p("DisablePasswordExpiration"))
		made, err := graphClient.Users().Post(background, body, nil)
		must(t, err)
		found := find(t, graphClient,
			"identities/any(c:c/issuerAssignedId eq '"+address+"' and c/issuer eq '"+facts.Tenant+"')")
		equal(t, strings.Join(found, " "), *made.GetId())
		removed(t, graphClient, *made.GetId())
	})
}

func TestAnApplicationLives(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		web := graphmodels.NewWebApplication()
		web.SetRedirectUris([]string{"https://shop.contoso.example/back"})
		body := graphmodels.NewApplication()
		body.SetDisplayName(p(fresh("Shop ")))
		body.SetWeb(web)
		made, err := graphClient.Applications().Post(background, body, nil)
		must(t, err)
		one := graphClient.Applications().ByApplicationId(*made.GetId())
		byAppID, err := graphClient.ApplicationsWithAppId(made.GetAppId()).Get(background, nil)
		must(t, err)
		equal(t, *byAppID.GetId(), *made.GetId())
		found, err := graphClient.Applications().Get(background, &applications.ApplicationsRequestBuilderGetRequestConfiguration{
			QueryParameters: &applications.ApplicationsRequestBuilderGetQueryParameters{
				Filter: p("appId eq '" + *made.GetAppId() + "'")},
		})
		must(t, err)
		equal(t, len(found.GetValue()), 1)
		change := graphmodels.NewApplication()
		change.SetDisplayName(p("Renamed shop"))
		_, err = one.Patch(background, change, nil)
		must(t, err)

		named := graphmodels.NewPasswordCredential()
		named.SetDisplayName(p("one"))
		add := applications.NewItemAddPasswordPostRequestBody()
		add.SetPasswordCredential(named)
		added, err := one.AddPassword().Post(background, add, nil)
		must(t, err)
		holds(t, *added.GetSecretText() != "", "no secret")
		read, err := one.Get(background, nil)
		must(t, err)
		equal(t, *read.GetDisplayName(), "Renamed shop")
		equal(t, *read.GetPasswordCredentials()[0].GetKeyId(), *added.GetKeyId())
		holds(t, read.GetPasswordCredentials()[0].GetSecretText() == nil, "the secret is shown")
		remove := applications.NewItemRemovePasswordPostRequestBody()
		remove.SetKeyId(added.GetKeyId())
		must(t, one.RemovePassword().Post(background, remove, nil))

		principal := graphmodels.NewServicePrincipal()
		principal.SetAppId(made.GetAppId())
		instance, err := graphClient.ServicePrincipals().Post(background, principal, nil)
		must(t, err)
		same, err := graphClient.ServicePrincipalsWithAppId(made.GetAppId()).Get(background, nil)
		must(t, err)
		equal(t, *same.GetId(), *instance.GetId())
		listed, err := graphClient.ServicePrincipals().Get(background, &serviceprincipals.ServicePrincipalsRequestBuilderGetRequestConfiguration{
			QueryParameters: &serviceprincipals.ServicePrincipalsRequestBuilderGetQueryParameters{
				Filter: p("appId eq '" + *made.GetAppId() + "'")},
		})
		must(t, err)
		equal(t, strings.Join(ids(listed.GetValue()), " "), *instance.GetId())

		property := graphmodels.NewExtensionProperty()
		property.SetName(p("shoeSize"))
		property.SetDataType(p("String"))
		property.SetTargetObjects([]string{"User"})
		extended, err := one.ExtensionProperties().Post(background, property, nil)
		must(t, err)
		equal(t, *extended.GetName(), "extension_"+strings.ReplaceAll(*made.GetAppId(), "-", "")+"_shoeSize")
		extension := one.ExtensionProperties().ByExtensionPropertyId(*extended.GetId())
		shown, err := extension.Get(background, nil)
		must(t, err)
		equal(t, *shown.GetDataType(), "String")
		must(t, extension.Delete(background, nil))
		must(t, one.Delete(background, nil))
		_, err = one.Get(background, nil)
		refused(t, err, 404)
	})
}

func TestAGuestIsInvited(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		body := graphmodels.NewInvitation()
		body.SetInvitedUserEmailAddress(p(fresh("guest") + "@fabrikam.example"))
		body.SetInviteRedirectUrl(p("https://shop.contoso.example"))
		body.SetSendInvitationMessage(p(false))
		made, err := graphClient.Invitations().Post(background, body, nil)
		must(t, err)
		equal(t, *made.GetStatus(), "PendingAcceptance")
		removed(t, graphClient, *made.GetInvitedUser().GetId())
	})
}

func TestTheOrganizationAndItsDomainsAreShown(t *testing.T) {
	each(t, func(t *testing.T, graphClient *msgraphsdk.GraphServiceClient) {
		organizations, err := graphClient.Organization().Get(background, nil)
		must(t, err)
		equal(t, strings.Join(ids(organizations.GetValue()), " "), facts.TenantID)
		domains, err := graphClient.Domains().Get(background, nil)
		must(t, err)
		holds(t, slices.Contains(ids(domains.GetValue()), facts.Tenant), "the domain is not listed")
	})
}

package server

import "strings"

// defaultProject returns the project of the events that have no token of their own. A client that authenticates with a project's token or
// secret sends it as the user, without a password. A service account (user and secret) may write to many projects, and names one as
// project_id in the address, as in Mixpanel.
func (req *request) defaultProject() string {
	user, secret := req.basicAuth()
	if project := req.queryParam("project_id"); project != "" && secret != "" {
		user = project
	}
	return strings.ToValidUTF8(user, "\ufffd")
}

// basicAuth returns the user and password of Basic authentication. Mixpanel also accepts a service account's user and secret without
// base64, and its examples send them so.
func (req *request) basicAuth() (user, secret string) {
	if user, secret, ok := req.r.BasicAuth(); ok {
		return user, secret
	}
	scheme, plain, _ := strings.Cut(req.r.Header.Get("Authorization"), " ")
	user, secret, ok := strings.Cut(plain, ":") // Base64 has no colon.
	if !ok || !strings.EqualFold(scheme, "Basic") {
		return "", ""
	}
	return user, secret
}

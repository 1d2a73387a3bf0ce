package server

import "strings"

// project is whose events without a token of their own are. Who authenticates with a project's token or secret is the project, and sends
// no password. A service account (a user and a secret) may write to many projects, and so names one in the address, as Mixpanel wants it.
func (v *visit) project() string {
	user, secret := v.basic()
	if project := v.r.URL.Query().Get("project_id"); project != "" && secret != "" {
		user = project
	}
	return strings.ToValidUTF8(user, "\ufffd")
}

// basic is what Basic authentication says. Mixpanel takes a service account's user and secret as plain text too, and so do its examples.
func (v *visit) basic() (user, secret string) {
	if user, secret, ok := v.r.BasicAuth(); ok {
		return user, secret
	}
	scheme, plain, _ := strings.Cut(v.r.Header.Get("Authorization"), " ")
	user, secret, ok := strings.Cut(plain, ":") // Base64 has no colon.
	if !ok || !strings.EqualFold(scheme, "Basic") {
		return "", ""
	}
	return user, secret
}

package page

// userAgentRule says that a user agent which contains all parts is a browser, system or device with this name. Its version follows
// versionPrefix.
type userAgentRule struct {
	name          string
	parts         [2]string
	versionPrefix string
}

// The first rule that matches counts, because nearly every browser claims to be Safari, and most claim to be Chrome.
var browsers = [...]userAgentRule{
	{"Opera Mini", [2]string{"Opera Mini"}, "Opera Mini/"},
	{"Opera", [2]string{"OPR/"}, "OPR/"},
	{"Opera", [2]string{"Opera"}, "Version/"},
	{"BlackBerry", [2]string{"BlackBerry"}, "Version/"},
	{"BlackBerry", [2]string{"BB10"}, "Version/"},
	{"Internet Explorer Mobile", [2]string{"IEMobile"}, "IEMobile/"},
	{"Samsung Internet", [2]string{"SamsungBrowser/"}, "SamsungBrowser/"},
	{"Microsoft Edge", [2]string{"Edge/"}, "Edge/"},
	{"Microsoft Edge", [2]string{"Edg/"}, "Edg/"},
	{"Microsoft Edge", [2]string{"EdgA/"}, "EdgA/"},
	{"Microsoft Edge", [2]string{"EdgiOS/"}, "EdgiOS/"},
	{"Facebook Mobile", [2]string{"FBIOS"}, "FBAV/"},
	{"Facebook Mobile", [2]string{"FB_IAB"}, "FBAV/"},
	{"Whale Browser", [2]string{"Whale/"}, "Whale/"},
	{"UC Browser", [2]string{"UCBrowser/"}, "UCBrowser/"},
	{"UC Browser", [2]string{"UCWEB"}, "UCWEB"},
	{"Chrome iOS", [2]string{"CriOS/"}, "CriOS/"},
	{"Firefox iOS", [2]string{"FxiOS/"}, "FxiOS/"},
	{"Chrome", [2]string{"Chrome/"}, "Chrome/"},
	{"Mobile Safari", [2]string{"Apple", "Mobile"}, "Version/"},
	{"Android Mobile", [2]string{"Android", "AppleWebKit"}, "Version/"},
	{"Safari", [2]string{"Safari/", "Version/"}, "Version/"},
	{"Konqueror", [2]string{"Konqueror"}, "Konqueror/"},
	{"Firefox", [2]string{"Firefox/"}, "Firefox/"},
	{"Internet Explorer", [2]string{"MSIE "}, "MSIE "},
	{"Internet Explorer", [2]string{"Trident/"}, "rv:"},
	{"Mozilla", [2]string{"Gecko"}, "rv:"},
}

var systems = [...]userAgentRule{
	{name: "Windows Phone", parts: [2]string{"Windows Phone"}},
	{name: "Windows", parts: [2]string{"Windows"}},
	{name: "iOS", parts: [2]string{"iPhone"}},
	{name: "iOS", parts: [2]string{"iPad"}},
	{name: "iOS", parts: [2]string{"iPod"}},
	{name: "Android", parts: [2]string{"Android"}},
	{name: "BlackBerry", parts: [2]string{"BlackBerry"}},
	{name: "BlackBerry", parts: [2]string{"BB10"}},
	{name: "Mac OS X", parts: [2]string{"Mac"}},
	{name: "Chrome OS", parts: [2]string{"CrOS"}},
	{name: "Linux", parts: [2]string{"Linux"}},
}

var devices = [...]userAgentRule{
	{name: "Windows Phone", parts: [2]string{"Windows Phone"}},
	{name: "iPad", parts: [2]string{"iPad"}},
	{name: "iPod Touch", parts: [2]string{"iPod"}},
	{name: "iPhone", parts: [2]string{"iPhone"}},
	{name: "BlackBerry", parts: [2]string{"BlackBerry"}},
	{name: "BlackBerry", parts: [2]string{"BB10"}},
	{name: "Android", parts: [2]string{"Android"}},
}

func (r *userAgentRule) matches(userAgent string) bool {
	return contains(userAgent, r.parts[0]) && contains(userAgent, r.parts[1])
}

func browserOf(userAgent string) (name, version string) {
	for i := range browsers {
		if r := &browsers[i]; r.matches(userAgent) {
			return r.name, versionAfter(userAgent, r.versionPrefix)
		}
	}
	return "", ""
}

func osOf(userAgent string) string { return firstMatch(systems[:], userAgent) }

func deviceOf(userAgent string) string { return firstMatch(devices[:], userAgent) }

func firstMatch(rules []userAgentRule, userAgent string) string {
	for i := range rules {
		if r := &rules[i]; r.matches(userAgent) {
			return r.name
		}
	}
	return ""
}

// versionAfter returns the major and minor version after a prefix, as the text of a JSON number, which `$browser_version` is.
func versionAfter(userAgent, mark string) string {
	i := index(userAgent, mark)
	if i < 0 {
		return ""
	}
	s := userAgent[i+len(mark):]
	end, dots := 0, 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' && dots == 0) {
		if s[end] == '.' {
			dots++
		}
		end++
	}
	for end > 0 && s[end-1] == '.' {
		end--
	}
	for end > 1 && s[0] == '0' && s[1] != '.' { // JSON has no leading zeros.
		s, end = s[1:], end-1
	}
	if end == 0 || s[0] == '.' {
		return ""
	}
	return s[:end]
}

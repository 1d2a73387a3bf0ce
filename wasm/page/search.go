package page

import "github.com/throughline/throughline/identity"

// Search returns the search engine that a referrer belongs to, and what was searched for, if they are known.
func Search(referrer string) identity.Properties {
	var p identity.Properties
	engine := searchEngine(Host(referrer))
	if engine == "" {
		return p
	}
	p.SetString("$search_engine", engine)
	if keyword := queryParameter(referrer, keywordParameter(engine)); keyword != "" {
		p.SetString("mp_keyword", keyword)
	}
	return p
}

// searchEngine returns the name of the search engine that a referring host belongs to, by mixpanel-browser's rule, or "".
func searchEngine(host string) string {
	for _, engine := range [...]string{"google", "bing", "yahoo", "duckduckgo"} {
		if contains(host, engine+".") {
			return engine
		}
	}
	return ""
}

// keywordParameter returns the URL parameter with the search terms.
func keywordParameter(engine string) string {
	if engine == "yahoo" {
		return "p"
	}
	return "q"
}

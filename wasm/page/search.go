package page

// searchEngine names the search engine of a referring host, as mixpanel-browser does, "" where it is none.
func searchEngine(host string) string {
	for _, engine := range [...]string{"google", "bing", "yahoo", "duckduckgo"} {
		if contains(host, engine+".") {
			return engine
		}
	}
	return ""
}

// keyword is the parameter in which a search engine says what was looked for.
func keywordParameter(engine string) string {
	if engine == "yahoo" {
		return "p"
	}
	return "q"
}

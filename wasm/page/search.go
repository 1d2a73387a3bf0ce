package page

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

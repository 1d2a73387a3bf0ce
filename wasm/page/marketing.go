package page

import "github.com/throughline/throughline/identity"

// marketingParameters are the URL parameters that tell which advertisement led to the page. The list is mixpanel-browser's.
var marketingParameters = [...]string{
	"utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "utm_id", "utm_source_platform", "utm_campaign_id",
	"utm_creative_format", "utm_marketing_tactic",
	"dclid", "fbclid", "gclid", "ko_click_id", "li_fat_id", "msclkid", "sccid", "ttclid", "twclid", "wbraid",
}

// Marketing returns the utm parameters and click ids of a URL.
func Marketing(url string) identity.Properties {
	var p identity.Properties
	for _, name := range marketingParameters {
		if value := queryParameter(url, name); value != "" {
			p.SetString(name, value)
		}
	}
	return p
}

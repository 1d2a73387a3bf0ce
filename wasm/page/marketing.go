package page

import "github.com/throughline/throughline/identity"

// marketingParameters are the URL parameters that tell which advertisement led to the page. The list is mixpanel-browser's.
var marketingParameters = [...]string{
	"utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "utm_id", "utm_source_platform", "utm_campaign_id",
	"utm_creative_format", "utm_marketing_tactic",
	"dclid", "fbclid", "gclid", "ko_click_id", "li_fat_id", "msclkid", "sccid", "ttclid", "twclid", "wbraid",
}

// campaignParameters is how many of marketingParameters, the first ones, name a campaign. The others are click ids.
const campaignParameters = 10

// Campaign returns the utm parameters of a URL.
func Campaign(url string) identity.Properties {
	return parametersOf(url, marketingParameters[:campaignParameters])
}

// CampaignNames returns the names of the utm parameters.
func CampaignNames() []string { return marketingParameters[:campaignParameters] }

// Marketing returns the utm parameters and click ids of a URL.
func Marketing(url string) identity.Properties { return parametersOf(url, marketingParameters[:]) }

func parametersOf(url string, names []string) identity.Properties {
	var p identity.Properties
	for _, name := range names {
		if value := queryParameter(url, name); value != "" {
			p.SetString(name, value)
		}
	}
	return p
}

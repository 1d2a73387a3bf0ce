// The properties of a page view. The library's own entry has them from Go (wasm/page/view.go). Here hooks see them before the call is made.

import { attempt } from '../attempt.js';
import { documentProperty } from '../document.js';

const campaignOrClick =
  /^(utm_(source|medium|campaign|content|term|id|source_platform|campaign_id|creative_format|marketing_tactic)|[dg]clid|fbclid|ko_click_id|li_fat_id|msclkid|sccid|ttclid|twclid|wbraid)$/;

/** Returns the title of the page, the parts of its address, campaign parameters and click ids, as far as they are not empty. */
export function pageViewProperties(): Record<string, string> {
  const { hostname, pathname, protocol, search } = location;
  const parameters = attempt(() => [...new URLSearchParams(search)]) ?? [];
  const all: [string, string | undefined][] = [
    ['current_page_title', documentProperty('title')],
    ['current_domain', hostname],
    ['current_url_path', pathname],
    ['current_url_protocol', protocol],
    ['current_url_search', search],
    // Of a parameter that is repeated the first counts.
    ...parameters.filter(([name]) => campaignOrClick.test(name)).reverse(),
  ];
  return Object.fromEntries(all.filter((entry): entry is [string, string] => !!entry[1]));
}

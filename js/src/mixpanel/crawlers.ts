// The crawlers that mixpanel-browser does not track.

const crawlers =
  /ahrefs(bot|siteaudit)|amazonbot|baiduspider|bing(bot|preview)|chrome-lighthouse|facebookexternal|petalbot|pinterest|screaming frog|yahoo! slurp|yandex|adsbot-google|apis-google|duplexweb-google|feedfetcher-google|google (favicon|web preview)|google-read-aloud|google(bot|weblight)|mediapartners-google|storebot-google/i;

/** Reports whether the page is open in a crawler, of which no events are recorded. */
export const isCrawler = (): boolean => crawlers.test(navigator.userAgent);

// The domain of mixpanel-browser's cookies.

/**
 * Returns the domain that mixpanel-browser guesses from the name of a host, or '', so that its cookies are found again: two labels, or more if the
 * last ones are short, as in example.co.uk. A cookie with another domain would be a second one of the same name.
 */
export function mixpanelDomain(host: string): string {
  const pattern = /\.(com|org|[^.]{5,})$/.test(host) ? /[a-z\d][a-z\d-]*\.[a-z]+$/i : /[a-z\d][a-z\d-]+\.[a-z.]{2,6}$/i;
  return pattern.exec(host)?.[0] ?? '';
}

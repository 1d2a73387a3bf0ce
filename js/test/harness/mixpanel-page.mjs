// A page that uses the entry throughline/mixpanel as a module.

/** Returns a script that imports the entry, sets window.mixpanel, runs `before` and then init. */
export const mixpanelTag = (token, config, before = '') =>
  `<script type="module">import mixpanel from '/lib/throughline.mixpanel.mjs'; window.mixpanel = mixpanel; ${before}; mixpanel.init(${JSON.stringify(token)}, { api_host: ${JSON.stringify(config.api_host)}, ...(${JSON.stringify(config)}), ...window.moreOptions }); window.isReady = mixpanel.ready</script>`;

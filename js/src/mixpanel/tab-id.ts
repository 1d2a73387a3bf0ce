// get_tab_id: an id of the tab, in sessionStorage.

import { attempt } from '../attempt.js';
import { type Host, uuid } from '../host.js';

/**
 * Returns the id of this tab, or null where sessionStorage is not available. A reload keeps it. The copy of sessionStorage that a duplicated tab
 * begins with still has the mark that this page is open, so that the new tab gets an id of its own.
 */
export function tabID(host: Host, instanceName: string, token: string): string | null {
  const key = `mp_tab_id_${instanceName}_${token}`;
  const openKey = `mp_gen_new_tab_id_${instanceName}_${token}`;
  return (
    attempt(() => {
      const existing = sessionStorage.getItem(openKey) ? null : sessionStorage.getItem(key);
      const id = existing ?? `$tab-${uuid(host)}`;
      sessionStorage.setItem(key, id);
      sessionStorage.setItem(openKey, '1');
      addEventListener('beforeunload', () => attempt(() => sessionStorage.removeItem(openKey)));
      return id;
    }) ?? null
  );
}

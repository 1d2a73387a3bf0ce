// What a site's own code may look like.

import throughline from 'throughline';

export function signUp(account, plan) {
  throughline.alias(account);
  throughline.identify(account);
  throughline.track('Signed Up', { plan });
}

export function logOut() {
  throughline.reset();
}

/** Calls that come in the wrong order. */
export function signUpWrongly(account) {
  throughline.identify(account);
  throughline.alias(account);
}

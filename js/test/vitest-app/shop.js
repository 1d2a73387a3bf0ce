// An example of a site's own code.

import throughline from 'throughline';

export function signUp(account, plan) {
  throughline.alias(account);
  throughline.identify(account);
  throughline.track('Signed Up', { plan });
}

export function logOut() {
  throughline.reset();
}

/** Makes the calls in the wrong order. */
export function signUpWrongly(account) {
  throughline.identify(account);
  throughline.alias(account);
}

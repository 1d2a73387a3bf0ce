// What is meant to differ from mixpanel-browser 2.83, and why. docs/mixpanel-differences.md has it as a table, and mixpanel-scenarios.test.mjs holds
// both to it: a difference that is not here fails, and so does one that is here and not found any more.
//
// `at` is the path of a difference in what a scenario observed: requests, stored, returned or callbacks. `in` limits it to scenarios by name.

export const differences = [];

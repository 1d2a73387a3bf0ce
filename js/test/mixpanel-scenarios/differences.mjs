// What differs from mixpanel-browser 2.83, and why. mixpanel-scenarios.test.mjs holds the library to it: a difference that is not here fails, and so
// does one that is here and not found any more. docs/mixpanel-differences.md has the rows that are meant, as a table.
//
// `at` is a pattern of the path of a difference in what a scenario observed: requests (by endpoint, and their order), stored, returned or callbacks.
// `in` limits it to scenarios by a pattern of "topic: name". `early` rows are of calls that are made before the core runs.

const requests = String.raw`requests\.(order|/\w+/)(\..*)?`;
const anything = '(requests|returned|callbacks|stored)(\\..*)?';

/** Differences that are meant. */
export const meant = [
  {
    at: String.raw`requests\..*\.query\.verbose`,
    what: 'Requests ask for a detailed answer (`verbose=1`).',
    why: 'Only that tells which event a server refused, so that the others are not given up.',
  },
  {
    at: String.raw`requests\..*mp_sent_by_lib_version`,
    what: 'Batches do not carry `mp_sent_by_lib_version`.',
    why: 'It tells which version of mixpanel-browser sent what another version had stored.',
  },
  {
    in: /^events: track with (a property|properties that are): (a date|a function|text|a text|an empty text|a long text|a list)/,
    at: anything,
    what: 'A date in an event is ISO text, a function is left out, and a text or a list passed in place of properties adds none.',
    why: 'mixpanel-browser sends `{}` for dates and functions, and one property for each character of a text. `bad_value` or `bad_properties` warns.',
  },
  {
    in: /^(events|people): .*: (NaN|Infinity)$/,
    at: String.raw`returned\..*`,
    what: 'A returned record has `null` for NaN and Infinity.',
    why: 'That is what is sent, with both libraries: JSON has no such numbers.',
  },
  {
    in: /^events: an event with the time as a text$/,
    at: anything,
    what: '`time` as a text is ignored.',
    why: 'Mixpanel takes seconds only, and would refuse the event.',
  },
  {
    in: /^(events: a property named (distinct_id|\$device_id)|super properties: register distinct_id)$/,
    at: anything,
    what: 'Properties cannot replace the ids of an event.',
    why: 'One such call moves the events of a visitor to somebody else. `reserved_property` warns; `identify` and `alias` are for that.',
  },
  {
    in: /^events: an event whose name is /,
    at: anything,
    what: 'An event needs a name that is a text.',
    why: "Mixpanel's server refuses others. `bad_event_name` warns.",
  },
  {
    in: /^identity: identify (a value: |without an id)/,
    at: anything,
    what: 'An id that is no id (empty, a placeholder such as `null`, a list, 256 bytes long) changes nothing.',
    why: 'It would merge strangers into one person. `bad_id` warns.',
  },
  {
    in: /^identity: identify a number$/,
    at: anything,
    what: 'A number as an id becomes a text.',
    why: 'Two systems, of which one passes 7 and the other "7", would make two persons of one.',
  },
  {
    in: /^(identity: (alias|track, alias)|people: alias does|hooks: (all calls|before_track sees)|the default tracker: reset and alias)/,
    at: anything,
    what: '`alias` sends no `$identify` of its own, is not sent twice, and a second, other alias of one visitor is refused.',
    why: 'The distinct_id stays until `identify` is called: the hidden `identify`, which comes when the server has answered, makes events before and after it differ. `alias_twice` warns.',
  },
  {
    in: /^people: (then )?identified: increment .*(text|no number)/,
    at: anything,
    what: '`increment` by a number as a text adds the number, by anything else nothing.',
    why: 'mixpanel-browser puts the text behind the number that waits (`"03"`). `bad_properties` warns.',
  },
  {
    in: /^(people: (then )?identified: (set|unset) (without arguments|nothing)|people: set what is not properties|groups: (set_group without|group: (no properties|without)))/,
    at: anything,
    what: 'Profile updates without a property are not sent.',
    why: 'They would set a property named `undefined`, or nothing. `bad_properties` warns.',
  },
  {
    in: /^people: set a value: (undefined|a function)$/,
    at: anything,
    what: '`people.set` of undefined or a function sets null.',
    why: 'mixpanel-browser sends an update that sets nothing, or `{}`.',
  },
  {
    in: /^people: (unset what was set|two appends wait|updates that wait|set, then|callbacks|then identified: union)/,
    at: anything,
    what: 'Updates that wait for `identify` are merged, and have the outcome that the calls would have had in their order.',
    why: 'mixpanel-browser sends each append by itself, and takes a callback in place of a number as a text.',
  },
  {
    in: /^(people: property_blacklist)$/,
    at: anything,
    what: '`property_blacklist` also counts for profiles.',
    why: 'What must not be sent must not be sent in a profile either.',
  },
  {
    in: /^groups: remove_group(, one of two)?$/,
    at: anything,
    what: '`remove_group` changes the super property of that group key.',
    why: 'mixpanel-browser registers the rest under the name `group_key`.',
  },
  {
    in: /^groups: group: reserved properties$/,
    at: anything,
    what: '`$token` cannot be a property of a group.',
    why: 'It says whose profile an update changes.',
  },
  {
    in: /^hooks: before_track stops the event$/,
    at: anything,
    what: 'A hook that returns null stops the event.',
    why: 'mixpanel-browser sends an event without a name then.',
  },
  {
    in: /^hooks: (before_track throws|add_hook that is no function|before_send_people)$/,
    at: anything,
    what: 'A hook that throws does not throw into the code that called the library. One that is no function is ignored, and logged.',
    why: 'No exception reaches the page. The call does nothing then: a hook may be there to remove what must not be sent.',
  },
  {
    in: /^requests: callback of a refused event/,
    at: anything,
    what: 'A refused event is sent again before it is given up.',
    why: 'One broken server behind an address must not cost events.',
  },
  {
    in: /^requests: img true$/,
    at: anything,
    what: 'With `img: true` the events are in the address of the image.',
    why: 'mixpanel-browser leaves them out, unless `api_method` is GET, so that nothing is recorded. An image tells nobody that it arrived, so that the events go once more by XMLHttpRequest, under the same insert ids.',
  },
  {
    in: /^requests: api_host with a slash at the end$/,
    at: anything,
    what: 'A slash at the end of `api_host` is not doubled.',
    why: 'Servers and proxies answer `//track/` with 404 or a redirect.',
  },
  {
    in: /^batches: (several events|before_send_events|people and groups)$/,
    at: requests,
    what: 'Events that are tracked together are sent together, in the order of the calls.',
    why: 'mixpanel-browser sends them in several requests, which overtake each other.',
  },
  {
    in: /^other methods: track_links of a list$/,
    at: anything,
    what: '`track_links` takes an array of elements.',
    why: 'mixpanel-browser takes only objects that resemble an array, and throws.',
  },
  {
    in: /^other methods: (methods that exist|report_error|config of the tracker|loaded|session recording)$/,
    at: '(returned|callbacks)\\..*',
    what: 'A tracker does not have the internal objects `persistence`, `cookie` and `config`, nor `report_error`.',
    why: 'They are not part of its types. `get_property`, `get_config` and `register` do what is needed.',
  },
  {
    in: /^other methods: track_(links|forms)/,
    library: 'early',
    at: anything,
    what: 'Clicks on links and submissions of forms are tracked once the core runs.',
    why: 'What tracks them is loaded after the page.',
  },
  {
    in: /^other methods: track_pageview at init, full-url$/,
    library: 'early',
    at: anything,
    what: 'Addresses that a single-page app passes through before the core runs are not counted, except for the first and the last.',
    why: 'What watches the address is loaded after the page.',
  },
  {
    in: /^later visits: people: identified on an earlier page$/,
    at: anything,
    what: 'Whoever logged in on an earlier page is known: updates of the profile are sent without another `identify`.',
    why: 'The visitor is stored, so that nothing has to wait.',
  },
  {
    in: /^hooks: before_(identify|register) stops$/,
    at: anything,
    what: 'A `before_identify` that returns null stops `identify`; `before_register` does not see the campaign that the library itself registers.',
    why: 'mixpanel-browser makes the visitor one whose id is null.',
  },
  {
    in: /^(consent: opt_out_tracking of somebody known|other methods: opt_out)/,
    at: anything,
    what: '`opt_out_tracking` empties `$transactions` before it deletes the profile.',
    why: 'In the other order Mixpanel creates the deleted profile anew.',
  },
  {
    in: /^(consent|later visits): /,
    library: 'early',
    at: anything,
    what: 'What waits when the visitor opts out is not sent, not even what was tracked before.',
    why: 'An opt-out counts from then on, whatever the state of the network.',
  },
  {
    in: /^Do Not Track: nothing is sent after an opt-in$/,
    at: String.raw`stored\..*`,
    what: 'Where the browser asks not to be tracked, an opt-in does not store the visitor again.',
    why: 'Nothing is recorded of them.',
  },
  {
    in: /^consent: opt_out_tracking (with a name of the page|in a cookie)$/,
    at: String.raw`stored\..*`,
    what: 'An opt-out under another `cookie_prefix` or `persistence_type` than those of the tracker does not concern what the tracker stores.',
    why: 'The tracker goes on, so that its visitor must be stored.',
  },
  {
    in: /^(consent|Do Not Track|later visits): /,
    at: String.raw`stored\..*\.(__mpso|utm_source|\$initial_.*)(\..*)?`,
    what: 'While the visitor has opted out, or the browser asks not to be tracked, the campaign and the first referrer are not stored.',
    why: 'They belong to a visitor who does not want to be recorded.',
  },
  {
    at: String.raw`stored\..*\.__mps\.\$(os|browser|browser_version)`,
    what: 'The properties of the browser are added to a waiting update of the profile when it is sent.',
    why: 'By then the browser may be another version.',
  },
  {
    in: /^identity: reset (returns|twice)/,
    at: String.raw`stored\..*\.(utm_source|\$initial_.*)`,
    what: 'A new visitor after `reset` has the first referrer and the campaign at once.',
    why: 'mixpanel-browser stores it at the next event.',
  },
  {
    in: /^(super properties: register token|events: time_event without a name)$/,
    at: String.raw`stored\..*`,
    what: '`token` cannot be registered, and a timer needs a name.',
    why: '`reserved_property` and `bad_event_name` warn.',
  },
  {
    in: /^other methods: disable an event that is sent by identify$/,
    at: anything,
    what: '`disable` of `$identify` does not stop the event of `identify`.',
    why: 'Without it, nobody learns that two ids are one person.',
  },
  {
    in: /^the default tracker: init under the default name$/,
    at: anything,
    what: '`init` with the name `mixpanel` starts the default tracker.',
    why: 'mixpanel-browser makes an object that sends nothing.',
  },
];

export const differences = meant;

/** Returns the differences that are meant as a table of docs/mixpanel-differences.md. */
export const table = () =>
  ['| here | why |', '| --- | --- |', ...meant.map(({ what, why }) => `| ${what} | ${why} |`)].join('\n');

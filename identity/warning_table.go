package identity

// warningTable has the texts of every warning: what happened and how to correct it. Every %s stands for an id, a name or a reason.
// docs/CONTRIBUTING.md says how to add a warning.
var warningTable = [...]struct {
	code       Code
	what, mend string
}{
	{
		AliasAfterIdentify,
		"alias(%s) came after identify(%s): what this visitor did before carries %s, and nothing links that to the new id any more.",
		"At sign-up call alias(newId) first, while the visitor is still anonymous, and identify(newId) after it.",
	},
	{
		AliasTwice,
		"alias(%s) was called, but %s already has the alias %s, %s.",
		"Call alias once, in the code that creates the account; at login call identify only; call reset() at logout, before the next person signs up on this device.",
	},
	{
		AliasTaken,
		"The alias %s is taken already, so this device's earlier events (%s) stay a person of their own; from now on its events carry %s.",
		"Somebody with an account signed up again: when your server says that the account exists, call identify(id) in place of alias(id).",
	},
	{
		AliasIsCurrent,
		"alias(%s) gives the distinct_id as a second name for itself, which says nothing.",
		"Pass the new id that your server gave the account, not get_distinct_id().",
	},
	{
		AliasIsAnonymousID,
		"alias(%s) would make an anonymous device id a second name, which may merge two strangers.",
		"Pass the id that your server gave the account; ids that begin with $device: are minted by the library.",
	},
	{
		IdentifyWithoutAlias,
		"identify(%s) came on a device that never called alias: what it did before, as %s, stays a person of its own.",
		"At login on a further device this is right; at sign-up call alias(id) before identify(id).",
	},
	{
		IdentifyResemblesAlias,
		"identify(%s) is not the alias %s that this device made, only much like it, so the person is split in two.",
		"Did you mean identify(%s)? Take the id from one place, and change neither its case nor its form on the way.",
	},
	{
		SwitchWithoutReset,
		"identify(%s) came while %s was still identified on this device.",
		"Call reset() at logout, before the next person logs in; nothing of the first visitor may be left when the second begins.",
	},
	{
		ResetEveryPage,
		"reset() was called on three page loads in a row with nobody logged in between, so one visitor becomes a new one on every page.",
		"Call reset() in the code that runs at logout, not where a page finds nobody logged in.",
	},
	{
		BadID,
		"%s(%s): the id %s, so the call changed nothing.",
		"Call it only once you have the person's own id, as text of at most 255 bytes.",
	},
	{
		BadEventName,
		"%s(%s): an event needs a name, so the call did nothing.",
		"Pass the name as a string, such as track('Item Viewed', { price: 5 }).",
	},
	{
		EventNameCut,
		"%s(%s): the name of an event is at most 255 bytes long, so it was cut there.",
		"Keep names short and few; what changes from event to event belongs in properties.",
	},
	{
		BadProperties,
		"%s was given %s where its properties should be, and went on without them.",
		"Pass properties as a plain object of names and values.",
	},
	{
		BadValue,
		"The property %s is nothing that an event can say as it is, so it was sent as a short text, or left out.",
		"Pass text, numbers, dates, and lists or plain objects of these: of an element its id, of an event what you want to know of it.",
	},
	{
		TooManyProperties,
		"%s was given more than the 1,000 super properties, of 1,500,000 bytes together, that a visitor keeps: %s of them were left out, beginning with %s.",
		"Register the few that every event needs, and pass the others to track; Mixpanel takes 255 properties an event.",
	},
	{
		TooManyUpdates,
		"%s was left out, because 500 profile updates, or 100,000 bytes of them, wait until the visitor is identified.",
		"Call identify(id) at login, which sends what waits; what strangers do belongs in events.",
	},
	{
		TooManyTimers,
		"time_event(%s): more than 500 clocks run, so the one that ran longest, of %s, was stopped.",
		"Track each event that you start a clock for, under the very name that time_event was given.",
	},
	{
		BadToken,
		"init was given no project token (%s), so events will have no project.",
		"Pass the token as a string: init('your project token', { api_host }).",
	},
	{
		BadOption,
		"The option %s cannot be %s: %s.",
		"See the list of options in docs/methods.md.",
	},
	{
		ReservedProperty,
		"%s was given the property %s, which the library sets itself: it was left out.",
		"Use alias, identify and reset to say who a visitor is, and another name for a property of your own.",
	},
	{
		EventNameResembles,
		"track(%s): no event has that name, but one is called %s.",
		"Correct the name, or add it to the option event_names if it is meant.",
	},
	{
		PlanViolated,
		"track(%s): %s.",
		"Correct the call, or the tracking plan if it is meant.",
	},
	{
		UnknownOption,
		"The option %s is not known. %s",
		"Correct its name, or leave it out: see the list of options in docs/methods.md.",
	},
	{
		UnknownMethod,
		"There is no method %s, so the call did nothing. %s",
		"Correct its name: docs/methods.md lists the methods.",
	},
	{
		NoElements,
		"%s found no such element on this page, so that it tracks nothing.",
		"Call it once the elements are in the page: those that come later are not tracked.",
	},
	{
		NotSupported,
		"%s has no effect: %s.",
		"%s.",
	},
	{
		NameTaken,
		"init cannot put an instance at throughline.%s, for a method has that name.",
		"Choose another name, or keep what init returns.",
	},
	{
		GlobalTaken,
		"window.throughline is something else (%s).",
		"Give it another name.",
	},
	{
		NotInitialised,
		"%s waits for init.",
		"Call throughline.init(token) first.",
	},
	{
		NotReady,
		"%s was asked for while calls that may change it still wait for the library to load, so the answer was undefined.",
		"Write `await throughline.ready` before you ask.",
	},
	{
		OptedOut,
		"%s did nothing, because this visitor has opted out of tracking.",
		"Call opt_in_tracking() once the visitor agrees; until then this is as it should be.",
	},
	{
		DoNotTrack,
		"%s did nothing, because this browser asks not to be tracked (Do Not Track or Global Privacy Control).",
		"Tell the visitor that the browser's setting counts, or set ignore_dnt: true if your consent dialog overrides it.",
	},
	{
		NotIdentified,
		"%s did nothing, because nobody is identified on this device.",
		"Call identify(id) first, with the id of the person.",
	},
	{
		StorageUnavailable,
		"This browser does not let the page store anything, so the visitor is forgotten when the page goes and unsent events with it.",
		"Check whether the visitor, an iframe or a privacy setting blocks localStorage; tracking goes on in memory.",
	},
	{
		StorageFull,
		"The site's localStorage is full, so unsent events are kept in memory and IndexedDB only.",
		"Remove what the site no longer needs from localStorage; about 5 MB is all that a browser gives.",
	},
	{
		OutboxFull,
		"%s messages wait to be sent to %s, which is the most that are kept: newer ones are dropped, and counted in $dropped.",
		"Check that api_host can be reached, and that nothing tracks in a loop.",
	},
	{
		EventRejected,
		"The collector refused %s: %s. It was set aside, and counted in $dropped.",
		"Correct what it holds; the collector's answer says which part.",
	},
	{
		CollectorMisanswered,
		"%s answered %s (%s), and took no event: all are kept, and tried again now and then.",
		"Check that api_host is your collector's final address (redirects drop what is posted), that it is not behind a login, that nothing on the way answers in its place, and that the collector runs.",
	},
	{
		CollectorUnreachable,
		"No request to %s is answered (%s): events are kept, and tried again now and then.",
		"Check that api_host is right and begins with https://, that the page's Content-Security-Policy lists it in connect-src, that its answers allow the site's origin (CORS), and that no content blocker stops it.",
	},
	{
		RecordDamaged,
		"The stored record of this visitor was damaged: %s. What could be read was kept.",
		"Find what else writes to the localStorage keys that begin with tl_.",
	},
	{
		CoreFailed,
		"Throughline cannot run here, so events go by beacon: %s.",
		"Serve all files of one release, or use throughline/inline; a CSP needs 'wasm-unsafe-eval'.",
	},
}

package tracker

// The options of mixpanel-browser, beside those of setOption, and its methods that the library lacks, by what becomes of them. Names are between spaces.
const (
	// faceOptions are obeyed by the entry throughline/mixpanel, in JavaScript, and have no meaning for the library's own entry.
	faceOptions = " api_method api_payload_format api_transport batch_autostart batch_request_timeout_ms callback_fn" +
		" disable_cookie error_reporter hooks img mp_loader name" +
		" opt_out_persistence_by_default opt_out_tracking_persistence_type persistence save_referrer skip_first_touch_marketing" +
		" stop_utm_persistence store_google token upgrade verbose window xhr_headers "
	// recordingOptions belong to products of Mixpanel that need its own scripts.
	recordingOptions = " autocapture autotrack flags recorder_src recording_event_triggers remote_settings_mode targeting_src "
	// addressOptions are the addresses of Mixpanel's own scripts and pages, or options of its older versions.
	addressOptions = " app_host cdn disable_notifications inapp_link_new_window inapp_protocol lib_base_path "
	// faceMethods are those of the entry throughline/mixpanel, in JavaScript.
	faceMethods = " disable get_tab_id name_tag start_batch_senders stop_batch_senders "
	// recordingMethods need Mixpanel's own scripts, and so do those of the object flags.
	recordingMethods = " get_session_recording_properties get_session_replay_url pause_session_recording resume_session_recording" +
		" start_session_recording stop_session_recording "
)

// mixpanelOption is what becomes of an option of mixpanel-browser.
type mixpanelOption int

const (
	faceOption mixpanelOption = iota
	recordingOption
	addressOption
)

// findMixpanelOption returns what becomes of an option, and whether mixpanel-browser has it.
func findMixpanelOption(name string) (mixpanelOption, bool) {
	const recordingPrefix = "record_"
	switch {
	case hasName(faceOptions, name):
		return faceOption, true
	case hasName(recordingOptions, name), len(name) > len(recordingPrefix) && name[:len(recordingPrefix)] == recordingPrefix:
		return recordingOption, true
	}
	return addressOption, hasName(addressOptions, name)
}

// findMixpanelMethod returns why the library lacks a method, and whether mixpanel-browser has it.
func findMixpanelMethod(name string) (mixpanelOption, bool) {
	const flags = "flags."
	if hasName(recordingMethods, name) || len(name) > len(flags) && name[:len(flags)] == flags {
		return recordingOption, true
	}
	return faceOption, hasName(faceMethods, name)
}

// isObeyed reports whether there is nothing to warn of: the entry obeys the option, or its value switches off what there is not.
func (o mixpanelOption) isObeyed(inMixpanelEntry bool, raw string) bool {
	switch raw {
	case "false", "0", `""`, "null", "[]", "{}", `"disabled"`:
		return true
	}
	return o == faceOption && inMixpanelEntry
}

// reasons says, for each kind of option, why it has no effect and what to do instead, for the warning NotSupported.
func (o mixpanelOption) reasons() (why, instead string) {
	switch o {
	case recordingOption:
		return "session recording, heatmaps, autocapture, feature flags and remote settings need Mixpanel's own scripts", "Leave it out, or load mixpanel-browser beside this library for them"
	case addressOption:
		return "it concerns Mixpanel's own scripts and pages", "Leave it out"
	}
	return "only the entry throughline/mixpanel has it", "Import throughline/mixpanel, or leave the option out"
}

// hasName reports whether a name is in a list of names between spaces.
func hasName(list, name string) bool {
	for i := 0; i+len(name)+2 <= len(list); i++ {
		if list[i] == ' ' && list[i+1:i+1+len(name)] == name && list[i+1+len(name)] == ' ' {
			return name != ""
		}
	}
	return false
}

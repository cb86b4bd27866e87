package ibp

import "clickbridge/report"

// plusIsData says which parameters there are, and in which of them a raw plus
// sign is data: numbers and e-mail addresses. Everything else is ignored.
var plusIsData = names()

func names() map[string]bool {
	known := map[string]bool{}
	for _, name := range report.DetailColumns() {
		known[name] = false
	}
	for _, name := range []string{
		"action", "app", "click_id",
		"access_key", "secret_access_key", "api_key", "key", "public_key", "username", "password",
		"findme_id", "type", "page", "ref", "no_answer_url",
		"start_date", "end_date", "start_time", "end_time", "format", "call_type_filter", "lookup",
		"name", "list_type", "usr_findme_type", "usr_param_type", "loop_count", "distribution_type", "randomize", "simul", "timeout",
		"auto_accept", "dtmf_only", "use_screen", "screen_method", "method", "whisper_phrase", "whisper_audio", "screen_prompt",
		"holdmusic", "holdrepeat", "record", "findme_action", "nextaction", "advanced_audio_id",
		"findme_number_id", "recording_name", "sid", "sample_rate", "description", "message",
	} {
		known[name] = false
	}
	for _, name := range []string{
		"phone_to_call", "first_callerid", "second_callerid", "no_answer_email", "no_answer_sms", "no_answer_phone",
		"list", "id", "numbers", "phone_number", "phone", "to", "from", "findme_action_parameter", "nextactionitem",
	} {
		known[name] = true
	}
	return known
}

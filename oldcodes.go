package clickbridge

import (
	"errors"
	"fmt"
	"strings"
)

// word is one value of a setting as people write it, and the numeral the old
// API has for it ("" = it has none).
type word[T comparable] struct {
	text, code string
	value      T
}

// The words of every setting that has some. The numerals are the old API's;
// those of endWords are ours, because the vendor published none.
var (
	strategyWords = []word[Strategy]{
		{"in_order", "", InOrder}, {"all_at_once", "", AllAtOnce}, {"random", "1", RandomOrder},
		{"round_robin", "2", RoundRobin}, {"least_recent", "", LeastRecent}, {"weighted", "", WeightedOrder},
	}
	listTypeWords = []word[bool]{{"individual", "1", false}, {"group", "2", true}}
	acceptWords   = []word[AutoAccept]{
		{"off", "0", AcceptByKey}, {"first", "1", AcceptFirst},
		{"last_asked", "2", AcceptLastAsked}, {"last_unasked", "3", AcceptLastUnasked},
	}
	screenWords = []word[ScreenMethod]{
		{"announce", "", ScreenAnnounce}, {"none", "", ScreenNone}, {"record_name", "0", ScreenName},
		{"whisper_text", "1", ScreenText}, {"whisper_audio", "2", ScreenAudio},
	}
	repeatWords = []word[HoldRepeat]{{"once", "0", HoldOnce}, {"between", "1", HoldBetween}, {"always", "2", HoldAlways}}
	endWords    = []word[EndAction]{
		{"hangup", "0", EndHangup}, {"transfer", "1", EndTransfer},
		{"voicemail", "2", EndVoicemail}, {"call_later", "3", EndCallLater},
	}
	announceWords = []word[Announce]{
		{"both", "", AnnounceBoth}, {"customer", "", AnnounceCustomer},
		{"agent", "", AnnounceAgent}, {"nobody", "", AnnounceNobody},
	}
)

// ParseStrategy reads a strategy's word or its old distribution_type. The error
// of this and of its neighbours follows the quoted value.
func ParseStrategy(s string) (Strategy, error) { return parseWord(strategyWords, s) }

// ParseListType reads list_type, and is true for a customer service hunt group.
func ParseListType(s string) (group bool, err error) { return parseWord(listTypeWords, s) }

// ParseAutoAccept reads auto_accept.
func ParseAutoAccept(s string) (AutoAccept, error) { return parseWord(acceptWords, s) }

// ParseScreenMethod reads a screening method's word or its old screen_method.
func ParseScreenMethod(s string) (ScreenMethod, error) { return parseWord(screenWords, s) }

// ParseHoldRepeat reads holdrepeat.
func ParseHoldRepeat(s string) (HoldRepeat, error) { return parseWord(repeatWords, s) }

// ParseEndAction reads what is done at the end of a list: findme_action.
func ParseEndAction(s string) (EndAction, error) { return parseWord(endWords, s) }

// ParseAnnounce reads to whom a recording is announced.
func ParseAnnounce(s string) (Announce, error) { return parseWord(announceWords, s) }

// Word is how people write it.
func (s Strategy) Word() string { return wordOf(strategyWords, s) }

// Word is how people write it.
func (a AutoAccept) Word() string { return wordOf(acceptWords, a) }

// Word is how people write it.
func (m ScreenMethod) Word() string { return wordOf(screenWords, m) }

// Word is how people write it.
func (h HoldRepeat) Word() string { return wordOf(repeatWords, h) }

// Word is how people write it.
func (a EndAction) Word() string { return wordOf(endWords, a) }

// Word is how people write it.
func (a Announce) Word() string { return wordOf(announceWords, a) }

// ListTypeWord is how people write a list's type.
func ListTypeWord(group bool) string { return wordOf(listTypeWords, group) }

// Code is the old API's numeral for it; "" = it has none.
func (s Strategy) Code() string { return codeOf(strategyWords, s) }

// Code is the old API's numeral for it.
func (a AutoAccept) Code() string { return codeOf(acceptWords, a) }

// Code is the old API's numeral for it; "" = it has none.
func (m ScreenMethod) Code() string { return codeOf(screenWords, m) }

// Code is the old API's numeral for it.
func (h HoldRepeat) Code() string { return codeOf(repeatWords, h) }

// Code is the numeral the old API is answered with; the vendor published none.
func (a EndAction) Code() string { return codeOf(endWords, a) }

// ListTypeCode is the old API's numeral for a list's type.
func ListTypeCode(group bool) string { return codeOf(listTypeWords, group) }

func codeOf[T comparable](words []word[T], value T) string {
	for _, w := range words {
		if w.value == value {
			return w.code
		}
	}
	return ""
}

func parseWord[T comparable](words []word[T], s string) (value T, err error) {
	var texts, codes []string
	for _, w := range words {
		if s != "" && (strings.EqualFold(s, w.text) || s == w.code) {
			return w.value, nil
		}
		texts = append(texts, w.text)
		if w.code != "" {
			codes = append(codes, w.code+" "+w.text)
		}
	}
	known := "is not one of " + strings.Join(texts, ", ")
	if len(codes) > 0 {
		known += " (old codes: " + strings.Join(codes, ", ") + ")"
	}
	return value, errors.New(known)
}

func wordOf[T comparable](words []word[T], value T) string {
	for _, w := range words {
		if w.value == value {
			return w.text
		}
	}
	return fmt.Sprint(value)
}

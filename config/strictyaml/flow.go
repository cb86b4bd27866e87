package strictyaml

import (
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

// joinFlowEntries puts plain values back together that the scanner took apart:
// in a list within { }, it takes any colon for the end of a key, so
// {listen: [udp:127.0.0.1:5060]} would hold a group of settings. A colon ends a
// plain key only where a space or the end of the entry follows it (YAML 1.2.2,
// 7.3.3).
func joinFlowEntries(tokens token.Tokens) token.Tokens {
	out := make(token.Tokens, 0, len(tokens))
	var lists []bool // the open brackets, the innermost last; true is a list
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			lists = append(lists, t.Type == token.SequenceStartType)
		case token.SequenceEndType, token.MappingEndType:
			lists = lists[:max(0, len(lists)-1)]
		}
		if len(lists) > 0 && lists[len(lists)-1] && i+2 < len(tokens) && splitEntry(t, tokens[i+1], tokens[i+2]) {
			t = joinTokens(t, tokens[i+1], tokens[i+2])
			i += 2
		}
		out.Add(t)
	}
	return out
}

// splitEntry reports whether three tokens are one plain value.
func splitEntry(left, colon, right *token.Token) bool {
	return colon.Type == token.MappingValueType &&
		left.Indicator == token.NotIndicator && right.Indicator == token.NotIndicator &&
		follows(left, colon) && follows(colon, right)
}

// follows reports whether b begins where a ends.
func follows(a, b *token.Token) bool {
	return a.Position.Line == b.Position.Line &&
		a.Position.Column+utf8.RuneCountInString(a.Value) == b.Position.Column
}

func joinTokens(left, colon, right *token.Token) *token.Token {
	t := *left
	t.Type = token.StringType
	t.Value += colon.Value + right.Value
	t.Origin += colon.Origin + right.Origin
	return &t
}

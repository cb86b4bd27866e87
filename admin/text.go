package admin

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"clickbridge"
)

// Limits of text messages, those of the old API. The rates are each node's own.
const (
	MaxMessage     = 256 // characters
	TextsPerMinute = 40  // from a number
	TextsPerSecond = 4   // of an account
	remembered     = 10_000
)

// SendText owes a text message: when it returns, the message is in the durable
// queue that no-answer notices go through, and will be sent, or be on record as
// failed. from is a number of the account that texts may be sent from; "" = the
// first of them.
func (a *Admin) SendText(ctx context.Context, account int64, from, to clickbridge.Number, message string) (clickbridge.NoticeID, error) {
	v, err := a.look(ctx, account)
	if err != nil {
		return "", err
	}
	if from, err = sender(v.account, from); err != nil {
		return "", err
	}
	if n := utf8.RuneCountInString(message); n > MaxMessage || strings.TrimSpace(message) == "" {
		return "", invalid(fmt.Sprintf("Invalid message: must have 1 to %d characters", MaxMessage))
	}
	if why := v.account.Refuses(to); why != "" {
		return "", denied(why)
	}
	if wait, ok := a.accounts.Take(strconv.FormatInt(account, 10)); !ok {
		return "", tooMany(wait, "the account may send", TextsPerSecond, "second")
	}
	if wait, ok := a.numbers.Take(string(from)); !ok {
		return "", tooMany(wait, "the number may send", TextsPerMinute, "minute")
	}
	n := clickbridge.Notice{
		ID: clickbridge.NewNoticeID(), Kind: clickbridge.NoticeSMS, To: string(to), From: string(from),
		Body: message, State: clickbridge.NoticePending, CreatedAt: time.Now(),
	}
	if err := a.cfg.Store.Owe(ctx, []clickbridge.Notice{n}); err != nil {
		return "", away(err)
	}
	a.cfg.Log.Info("text message owed", "account", v.account.Name, "notice_id", n.ID, "from", from, "to", to)
	return n.ID, nil
}

// sender settles which number a text is sent from.
func sender(a *clickbridge.Account, from clickbridge.Number) (clickbridge.Number, error) {
	if from == "" {
		n, ok := a.SMSNumber()
		if !ok {
			return "", invalid("Invalid from: the account has no SMS-enabled number")
		}
		return n, nil
	}
	for _, o := range a.Numbers {
		if o.Number == from && o.SMS {
			return from, nil
		}
	}
	return "", invalid("Invalid from: " + from.National(a.Country) + " is not an SMS-enabled number of the account")
}

func tooMany(wait time.Duration, who string, count int, per string) error {
	return &clickbridge.Error{Code: clickbridge.ELIMIT, RetryAfter: wait, Message: fmt.Sprintf(
		"Too many requests: %s %d messages a %s; try again in %d seconds", who, count, per, int(math.Ceil(wait.Seconds())))}
}

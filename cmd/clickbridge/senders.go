package main

import (
	"fmt"
	"log/slog"

	"clickbridge/config"
	"clickbridge/notify"
	"clickbridge/record"
)

// senders makes the ways out for notices from the configuration; nil ones are
// not configured. box has the recordings that mails carry; nil = none are sent.
func senders(c *config.Config, box *record.Box, log *slog.Logger) (notify.Senders, error) {
	out := notify.Senders{
		URL: notify.NewWebhook(notify.WebhookOptions{
			Secret: []byte(c.Webhooks.SigningSecret), AllowPrivate: c.Webhooks.AllowPrivateTargets,
		}),
	}
	var recordings notify.Recordings
	if box != nil {
		recordings = attachments{box}
	}
	if s := c.Mail.SMTP; !s.IsZero() {
		m, err := notify.NewMail(notify.MailOptions{
			Host: s.Host, Port: s.Port, ImplicitTLS: s.ImplicitTLS,
			Username: s.Username, Password: string(s.Password), From: c.Mail.From, Recordings: recordings,
		})
		if err != nil {
			return out, fmt.Errorf("mail: %w", err)
		}
		out.Email = m
	}
	o := notify.SMSOptions{URL: c.SMS.URL, Username: c.SMS.Username, Password: string(c.SMS.Password)}
	switch c.SMS.Provider {
	case config.SMSTwilio:
		out.SMS = notify.NewTwilio(o)
	case config.SMSHTTP:
		out.SMS = notify.NewHTTPSMS(o)
	case config.SMSLog:
		out.SMS = notify.NewLog(log)
	}
	return out, nil
}

package notify

import (
	"context"
	"errors"
)

// Check logs in at the mail server and leaves again; no message is sent. The
// error is what the server or the way to it said, without secrets.
func (m *Mail) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, m.o.Timeout)
	defer cancel()
	client, err := m.client(ctx)
	if err != nil {
		return errors.New(m.why(ctx, err))
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return errors.New(m.why(ctx, err))
	}
	return session.Quit()
}

package dialog

import (
	"clickbridge/trace"
)

// nobody is what belongs to no call and no trunk of ours.
var nobody trace.About

// about finds what an incoming message belongs to: the request it answers (tx, where
// there is one), or the dialog set of its Call-ID. Nobody asks where nothing is traced.
func (a *Agent) about(m *message, tx *clientTx) *trace.About {
	if a.cfg.Trace == nil {
		return &nobody
	}
	if tx != nil {
		return &tx.path.about
	}
	if set := a.sets.find(m.callID); set != nil {
		return &set.path.about
	}
	return &nobody
}

package simulator

import (
	"encoding/json"
	"net/http"
	"time"
)

// Status is what Handler answers.
type Status struct {
	Held       int                  `json:"held"`  // answered, not BYEd
	Total      int                  `json:"total"` // legs ever
	Legs       []Leg                `json:"legs"`  // the latest, oldest first
	Registered map[string]time.Time `json:"registered"`
}

// Handler answers GET with Status as JSON; ?number= and ?call_id= choose legs.
func (s *Simulator) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		number, callID := national(r.URL.Query().Get("number")), r.URL.Query().Get("call_id")
		st := Status{Held: s.Held(), Total: s.Total(), Legs: []Leg{}, Registered: s.Registered()}
		for _, l := range s.Snapshot() {
			if (number == "" || l.Number == number) && (callID == "" || l.CallID == callID) {
				st.Legs = append(st.Legs, l)
			}
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(st); err != nil {
			s.cfg.Logger.Debug("status not written", "err", err)
		}
	})
}

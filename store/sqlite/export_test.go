package sqlite

// Commits is how many transactions the writer has made.
func (s *Store) Commits() int64 { return s.w.commits.Load() }

// PageQuery is what EachCall asks.
var PageQuery = pageQuery

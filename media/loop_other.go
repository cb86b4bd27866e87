//go:build !linux || 386 || s390x

package media

import "time"

// newLoop makes the only form there is here. (On 386 and s390x Linux has one
// system call for all of sockets, which the epoll form does not speak.)
func newLoop(sh *shard, start time.Time) (loop, error) {
	return newPortableLoop(sh, start), nil
}

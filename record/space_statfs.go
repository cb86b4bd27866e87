//go:build linux || darwin || freebsd

package record

import "golang.org/x/sys/unix"

// freeSpace returns the bytes that may be written to the folder's disk.
func freeSpace(folder string) (free int64, ok bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}

package pgtest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"syscall"
	"time"
)

// guard runs the server for as long as its standard input is open, which is as
// long as the test process lives, and removes what it wrote.
const guard = `"$1" -D "$2/data" -k "$2" -h "" -F -c synchronous_commit=off -c full_page_writes=off \
	-c max_connections=300 -c shared_buffers=64MB -c log_min_messages=fatal >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
rm -rf "$2"`

// lifeline is the guard's standard input. It is kept because a collected file
// is a closed one; it closes when this process ends.
//
//lint:ignore U1000 it is set to be kept
var lifeline io.Closer

// patience is how long the server may take to start on a busy machine.
const patience = 60 * time.Second

// start makes a cluster in a temporary folder and returns its DSN.
func start() (string, error) {
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return "", err
	}
	as, err := unprivileged(dir)
	if err == nil {
		err = serve(bin, dir, as)
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return "postgres:///postgres?host=" + dir + "&user=postgres", nil
}

func serve(bin, dir string, as *syscall.SysProcAttr) error {
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"),
		"-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
	initdb.Dir, initdb.SysProcAttr = dir, as
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	sh := exec.Command("sh", "-c", guard, "guard", filepath.Join(bin, "postgres"), dir)
	sh.Dir, sh.SysProcAttr = dir, as
	in, err := sh.StdinPipe()
	if err != nil {
		return err
	}
	if err := sh.Start(); err != nil {
		return err
	}
	lifeline = in
	dsn := "postgres:///postgres?host=" + dir + "&user=postgres"
	for end := time.Now().Add(patience); time.Now().Before(end); <-time.After(50 * time.Millisecond) {
		if err = run(dsn, "SELECT 1"); err == nil {
			return nil
		}
	}
	log, _ := os.ReadFile(filepath.Join(dir, "log"))
	return fmt.Errorf("the server did not start: %w: %s", err, log)
}

// binaries returns the folder of the newest PostgreSQL installed.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	sort.Slice(found, func(i, j int) bool { return version(found[i]) > version(found[j]) })
	if len(found) > 0 {
		return filepath.Dir(found[0]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", err
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	return filepath.Dir(path), nil
}

// version is the 15 of /usr/lib/postgresql/15/bin/initdb.
func version(initdb string) float64 {
	v, _ := strconv.ParseFloat(filepath.Base(filepath.Dir(filepath.Dir(initdb))), 64) // 0 sorts last
	return v
}

// unprivileged gives dir to a user PostgreSQL accepts: it refuses to run as
// root.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true} // a terminal's ^C must not stop it before the tests
	if os.Geteuid() != 0 {
		return attr, nil
	}
	uid, gid := 65534, 65534
	if u, err := user.Lookup("postgres"); err == nil {
		uid, _ = strconv.Atoi(u.Uid)
		gid, _ = strconv.Atoi(u.Gid)
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(dir, uid, gid)
}

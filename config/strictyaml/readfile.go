package strictyaml

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// ReadFile reads what file:/path names, and no more than a secret can hold. The
// text of its error names the path.
func ReadFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, Reason(err))
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, Reason(err))
	}
	return b, nil
}

// Reason strips the operation and the path from a *PathError, for messages that
// name the path themselves.
func Reason(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

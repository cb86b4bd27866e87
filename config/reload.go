package config

import (
	"reflect"
	"strings"
)

// Reload compares the running configuration with a fresh one, on SIGHUP. next
// is old with everything taken over that can change while the server runs;
// applied and restart name the settings that differ, those taken over and those
// that wait for a restart. Certificates are named only when their paths differ:
// the files are to be read again in any case.
func Reload(old, fresh *Config) (next *Config, applied, restart []string) {
	c := *old
	next = &c
	next.Warnings = fresh.Warnings
	from := leaves(reflect.ValueOf(fresh).Elem(), "", false)
	for i, to := range leaves(reflect.ValueOf(next).Elem(), "", false) {
		if to.inList || reflect.DeepEqual(to.value.Interface(), from[i].value.Interface()) {
			continue
		}
		if to.tag.Get("live") == "true" {
			to.value.Set(from[i].value)
			applied = append(applied, to.path)
		} else {
			restart = append(restart, to.path)
		}
	}
	return next, applied, append(restart, changedTrunks(old.Trunks, fresh.Trunks)...)
}

func changedTrunks(old, fresh []Trunk) []string {
	var names []string
	byName := map[string]Trunk{}
	for _, t := range old {
		byName[t.Name] = t
	}
	for _, t := range fresh {
		if was, ok := byName[t.Name]; !ok || was != t {
			names = append(names, t.Name)
		}
		delete(byName, t.Name)
	}
	for _, t := range old {
		if _, gone := byName[t.Name]; gone {
			names = append(names, t.Name)
		}
	}
	switch {
	case len(names) > 0:
		return []string{"trunks (" + strings.Join(names, ", ") + ")"}
	case !reflect.DeepEqual(old, fresh):
		return []string{"trunks (their order)"}
	}
	return nil
}

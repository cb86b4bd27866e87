package config

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"reflect"

	"clickbridge/config/strictyaml"
)

// EnvPrefix begins the names of variables that set something.
const EnvPrefix = "CLICKBRIDGE"

// Load reads the file at path ("" = none), then the CLICKBRIDGE_ variables of
// env (as os.Environ gives them), over the defaults, and checks the whole. The
// error names every fault found, one on a line, with file, line and column.
func Load(path string, env []string) (*Config, error) {
	if path == "" {
		return parse("configuration", nil, env, strictyaml.ReadFile)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be read: %w", path, strictyaml.Reason(err))
	}
	return parse(path, data, env, strictyaml.ReadFile)
}

func parse(name string, data []byte, env []string, readFile func(string) ([]byte, error)) (*Config, error) {
	doc, err := strictyaml.Parse(name, data)
	if err != nil {
		return nil, err
	}
	c := Default()
	r := rules(readFile)
	doc.Decode(c, r)
	unknown := doc.Environ(EnvPrefix, env, c, r)
	if doc.Err() == nil { // checks of half-read values would only repeat the faults
		for _, p := range c.check() {
			doc.Fault(p.path, "%s", p.text)
		}
	}
	if err := doc.Err(); err != nil {
		return nil, err
	}
	c.Warnings = c.remarks()
	for _, name := range unknown {
		c.Warnings = append(c.Warnings, "the environment variable "+name+" sets nothing this version knows")
	}
	return c, nil
}

func rules(readFile func(string) ([]byte, error)) strictyaml.Rules {
	return strictyaml.Rules{
		ReadFile: readFile,
		Parse: map[reflect.Type]func(string) (any, error){
			reflect.TypeFor[Store]():        as(ParseStore),
			reflect.TypeFor[Listen]():       as(ParseListen),
			reflect.TypeFor[PortRange]():    as(ParsePortRange),
			reflect.TypeFor[TrunkURI]():     as(ParseTrunkURI),
			reflect.TypeFor[SMTP]():         as(ParseSMTP),
			reflect.TypeFor[Size]():         as(ParseSize),
			reflect.TypeFor[Days]():         as(ParseDays),
			reflect.TypeFor[netip.Addr]():   as(parseAddr),
			reflect.TypeFor[netip.Prefix](): as(parsePrefix),
		},
		Unsupported: map[string]string{
			"trunks[].srtp":      "not supported by this version: media is plain RTP",
			"trunks[].tls":       "not supported by this version: a trunk is reached by udp or tcp",
			"trunks[].srv":       "not supported by this version: host names are resolved by A and AAAA records",
			"trunks[].transport": "is written in uri, as ;transport=udp or ;transport=tcp",
			"media.srtp":         "not supported by this version: media is plain RTP",
			"sip.tls":            "not supported by this version: SIP is spoken over udp and tcp",
		},
	}
}

func as[T any](f func(string) (T, error)) func(string) (any, error) {
	return func(s string) (any, error) { return f(s) }
}

func parseAddr(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, errors.New("is not an IP address; write for example 192.0.2.10")
	}
	return a.Unmap(), nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, errors.New("is not an address or a network; write for example 10.0.0.0/8")
	}
	if p != p.Masked() {
		return netip.Prefix{}, fmt.Errorf("has bits beyond its length; write %s", p.Masked())
	}
	return p, nil
}

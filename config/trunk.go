package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"clickbridge"
)

// Trunk is one account at a carrier.
type Trunk struct {
	Name           string                   `yaml:"name" range:"letters, digits, - _ ." doc:"What logs and records call it."`
	URI            TrunkURI                 `yaml:"uri" range:"sip:HOST[:PORT][;transport=udp|tcp]" doc:"Where the carrier is. A host name is resolved by its A and AAAA records; port 5060 and udp where none is written."`
	Username       string                   `yaml:"username" range:"text" doc:"For digest authentication, and REGISTER where register is true."`
	Password       Secret                   `yaml:"password" secret:"true" range:"text" doc:"Goes with username."`
	Register       bool                     `yaml:"register" range:"true or false" doc:"Whether the server registers with the carrier; needs username."`
	NumberFormat   clickbridge.NumberFormat `yaml:"number_format" range:"national, e164 (+15558688950) or digits (15558688950)" doc:"How the carrier wants numbers in Request-URI, To and From."`
	MaxCalls       int                      `yaml:"max_calls" range:"0 to 100000" doc:"Legs at once; 0 = no limit. A call has two. With every trunk full, new clicks are answered 503, and legs of calls under way wait for room as long as they would ring."`
	CallsPerSecond float64                  `yaml:"calls_per_second" range:"0 to 1000" doc:"INVITEs a second; 0 = no limit."`
}

// SetDefaults fills what a new entry has before it is read.
func (t *Trunk) SetDefaults() { t.NumberFormat = clickbridge.FormatNational }

// Domain returns the trunk as the other rooms know it.
func (t *Trunk) Domain() clickbridge.Trunk {
	return clickbridge.Trunk{
		Name: t.Name, Host: t.URI.Host, Port: t.URI.Port, Transport: t.URI.Transport,
		Username: t.Username, Password: string(t.Password), Register: t.Register,
		NumberFormat: t.NumberFormat, MaxCalls: t.MaxCalls, CallsPerSecond: t.CallsPerSecond,
	}
}

// TrunkURI is a carrier's address.
type TrunkURI struct {
	Host      string // name or IP address, IPv6 without brackets
	Port      int
	Transport string // "udp" or "tcp"
}

// String is the form ParseTrunkURI reads; "" for none.
func (u TrunkURI) String() string {
	if u.Host == "" {
		return ""
	}
	host := u.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return fmt.Sprintf("sip:%s:%d;transport=%s", host, u.Port, u.Transport)
}

// ParseTrunkURI reads sip:host[:port][;transport=udp|tcp] (RFC 3261 19.1.1).
func ParseTrunkURI(s string) (TrunkURI, error) {
	const example = "; write for example sip:carrier.example.com:5060;transport=udp"
	scheme, rest, ok := strings.Cut(s, ":")
	switch {
	case ok && strings.EqualFold(scheme, "sips"):
		return TrunkURI{}, errors.New("asks for sips (TLS), which this version does not support; write sip: instead")
	case !ok || !strings.EqualFold(scheme, "sip"):
		return TrunkURI{}, errors.New("is not a SIP address" + example)
	case strings.Contains(rest, "@"):
		return TrunkURI{}, errors.New("has a user part; write that as username and password, and the uri without it")
	case strings.ContainsAny(rest, "?/ "):
		return TrunkURI{}, errors.New("is not a SIP address" + example)
	}
	hostport, params, _ := strings.Cut(rest, ";")
	u := TrunkURI{Port: 5060, Transport: "udp"}
	if err := u.readParams(params); err != nil {
		return TrunkURI{}, err
	}
	if err := u.readHostPort(hostport); err != nil {
		return TrunkURI{}, fmt.Errorf("%w%s", err, example)
	}
	return u, nil
}

func (u *TrunkURI) readParams(params string) error {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		value = strings.ToLower(value)
		switch {
		case p == "":
		case !strings.EqualFold(name, "transport"):
			return errors.New("has a parameter other than transport; write only transport=udp or transport=tcp")
		case value == "udp" || value == "tcp":
			u.Transport = value
		case value == "tls" || value == "ws" || value == "wss" || value == "sctp":
			return fmt.Errorf("asks for transport=%s, which this version does not support; use udp or tcp", value)
		default:
			return errors.New("has an unknown transport; use udp or tcp")
		}
	}
	return nil
}

func (u *TrunkURI) readHostPort(s string) error {
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.Index(s, "]")
		if end < 0 {
			return errors.New("has an address with [ and no ]")
		}
		host, port = s[1:end], s[end+1:]
		if a, err := netip.ParseAddr(host); err != nil || !a.Is6() {
			return errors.New("has no IPv6 address between [ and ]")
		}
	} else if i := strings.Index(s, ":"); i >= 0 {
		host, port = s[:i], s[i:]
		if strings.Count(s, ":") > 1 {
			return errors.New("has an IPv6 address without brackets, or two ports")
		}
	}
	if port != "" {
		n, err := strconv.ParseUint(strings.TrimPrefix(port, ":"), 10, 16)
		if err != nil || n == 0 || port[0] != ':' {
			return errors.New("has a port that is not 1 to 65535")
		}
		u.Port = int(n)
	}
	u.Host = host
	return checkHost(host)
}

// checkHost reports what is wrong with a host name or address. Names that only
// a SRV look-up can use are refused by name.
func checkHost(host string) error {
	if a, err := netip.ParseAddr(host); err == nil {
		if a.IsUnspecified() || a.IsMulticast() {
			return errors.New("names no single machine")
		}
		return nil
	}
	if strings.HasPrefix(host, "_") {
		return errors.New("names a SRV record, which this version does not look up: use the name of a machine")
	}
	if host == "" || len(host) > 253 {
		return errors.New("has no host")
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, hostChars) != "" ||
			strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return errors.New("has a host that is neither a name nor an IP address")
		}
	}
	if strings.Trim(host, "0123456789.") == "" {
		return errors.New("has a host that is neither a name nor an IP address")
	}
	return nil
}

const hostChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

package system_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"clickbridge/simulator"
)

// certificate writes a certificate for 127.0.0.1 and returns it.
func certificate(t *testing.T, dir string, serial int64) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "calls.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(30 * 24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"calls.example.com"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	return cert
}

// trusting returns a client that trusts certificates and keeps no connection.
func trusting(certs ...*x509.Certificate) *http.Client {
	pool := x509.NewCertPool()
	for _, c := range certs {
		pool.AddCert(c)
	}
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true, ForceAttemptHTTP2: true,
	}}
}

// A click over https; a renewed certificate is taken over on SIGHUP, without a
// call lost, and one that cannot be read is not.
func TestHTTPS(t *testing.T) {
	t.Parallel()
	dir, listen := t.TempDir(), freeAddr(t, "tcp")
	old := certificate(t, dir, 1)
	w := newWorld(t, setup{
		sim:      simulator.Config{Script: script(map[string]simulator.Scene{"3125550120": noNumber, "3125550121": ringsOn})},
		accounts: accountsWith(map[int][]string{1: {"3125550120"}, 2: {"3125550121"}}),
		env: []string{"CLICKBRIDGE_HTTP_TLS_LISTEN=" + listen, "CLICKBRIDGE_HTTP_TLS_CERT=" + filepath.Join(dir, "cert.pem"),
			"CLICKBRIDGE_HTTP_TLS_KEY=" + filepath.Join(dir, "key.pem")},
	})
	target := "https://" + listen + "/ibp_api.php?" + url.Values{"action": {"clickto.findme"}, "access_key": {"foo"}, "secret_access_key": {"bar"},
		"type": {"2"}, "findme_id": {"1"}, "phone_to_call": {"2025550150"}}.Encode()
	get := func(c *http.Client) (serial int64, body string) {
		res, err := c.Get(target)
		if err != nil {
			return 0, err.Error()
		}
		defer func() { _ = res.Body.Close() }()
		b, _ := io.ReadAll(res.Body)
		return res.TLS.PeerCertificates[0].SerialNumber.Int64(), string(b)
	}
	if serial, body := get(trusting(old)); serial != 1 || body != "Requeset Processed" {
		t.Fatalf("certificate %d, %q", serial, body)
	}
	if serial, body := get(http.DefaultClient); serial != 0 {
		t.Errorf("an untrusted certificate was taken: %q", body)
	}
	if status, body := w.get("/readyz"); status != 200 {
		t.Errorf("http beside https: %d %q", status, body)
	}
	w.clicking(url.Values{"type": {"2"}, "findme_id": {"2"}, "phone_to_call": {"2025550151"}})
	eventually(t, 5*seconds, "an agent rings", func() bool { return w.rings("3125550121") })

	renewed := certificate(t, dir, 2)
	must(t, w.cmd.Process.Signal(syscall.SIGHUP))
	eventually(t, 5*seconds, "the renewed certificate is shown", func() bool {
		serial, body := get(trusting(renewed))
		return serial == 2 && body == "Requeset Processed"
	})
	must(t, os.WriteFile(filepath.Join(dir, "key.pem"), []byte("not a key"), 0o600))
	must(t, w.cmd.Process.Signal(syscall.SIGHUP))
	eventually(t, 5*seconds, "the server says that the certificate is wrong", func() bool {
		return strings.Contains(w.logs.String(), "certificate not reloaded")
	})
	if serial, body := get(trusting(renewed)); serial != 2 {
		t.Errorf("after a wrong key: certificate %d, %q", serial, body)
	}
	if !w.rings("3125550121") {
		t.Error("the call under way has ended")
	}
}

package outbound

import (
	"errors"
	"net/url"
	"testing"

	"code.dny.dev/ssrf"

	"opendoor/offboarding"
)

func newClient(t *testing.T, allow ...string) *Client {
	t.Helper()
	c, err := New(Config{AllowPrivate: allow, UserAgent: "opendoor/test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestOnlyKnownPublicHostsMayBeCalled(t *testing.T) {
	crm := []string{"amocrm.ru", "kommo.com"}
	tests := map[string]struct {
		url      string
		suffixes []string
		allow    []string
		want     bool
	}{
		"a company's CRM":                       {url: "https://example.amocrm.ru/api", suffixes: crm, want: true},
		"in capitals, default port spelled out": {url: "https://Example.AmoCRM.ru:443/", suffixes: crm, want: true},
		"the suffix itself":                     {url: "https://kommo.com/", suffixes: crm, want: true},
		"any public host":                       {url: "https://results.example.com/x", want: true},
		"a Cyrillic host":                       {url: "https://почта.рф/", want: true},
		"a host that only ends alike":           {url: "https://evilamocrm.ru/", suffixes: crm},
		"the suffix as somebody's subdomain":    {url: "https://amocrm.ru.example.com/", suffixes: crm},
		"a full-width slash before the suffix":  {url: "https://example.com／.amocrm.ru/", suffixes: crm},
		"a final dot":                           {url: "https://example.amocrm.ru./", suffixes: crm},
		"http":                                  {url: "http://example.amocrm.ru/", suffixes: crm},
		"another scheme":                        {url: "file:///etc/passwd"},
		"another port":                          {url: "https://example.amocrm.ru:8443/", suffixes: crm},
		"a user":                                {url: "https://example.amocrm.ru@example.com/", suffixes: crm},
		"an address":                            {url: "https://203.0.113.5/"},
		"an IPv6 address":                       {url: "https://[2001:db8::1]/"},
		"an address in decimal":                 {url: "https://2130706433/"},
		"an address in odd octets":              {url: "https://127.1/"},
		"an address in hexadecimal":             {url: "https://127.0.0.0x1/"},
		"localhost":                             {url: "https://localhost/"},
		"a name under localhost":                {url: "https://a.localhost/"},
		"no host":                               {url: "https:///x"},

		"an allowed address, http, any port": {url: "http://127.0.0.1:9000/", suffixes: crm, allow: []string{"127.0.0.1"}, want: true},
		"localhost where 127/8 is allowed":   {url: "http://localhost:9000/", suffixes: crm, allow: []string{"127.0.0.0/8"}, want: true},
		"an allowed name":                    {url: "http://CRM.local:81/", suffixes: crm, allow: []string{"crm.local"}, want: true},
		"an allowed pair":                    {url: "http://crm.local:81/", suffixes: crm, allow: []string{"crm.local:81"}, want: true},
		"an allowed pair, default port":      {url: "http://crm.local/", suffixes: crm, allow: []string{"crm.local:80"}, want: true},
		"another port of an allowed pair":    {url: "http://crm.local:82/", suffixes: crm, allow: []string{"crm.local:81"}},
		"an allowed pair of an address":      {url: "http://10.0.0.7:81/", suffixes: crm, allow: []string{"10.0.0.7:81"}, want: true},
		"another port of that address":       {url: "http://10.0.0.7:82/", suffixes: crm, allow: []string{"10.0.0.7:81"}},
		"an allowed IPv6 address":            {url: "http://[::1]:81/", suffixes: crm, allow: []string{"::1"}, want: true},
		"another scheme even when allowed":   {url: "ftp://127.0.0.1/", allow: []string{"127.0.0.1"}},
		"a neighbour of an allowed name":     {url: "http://a.crm.local/", allow: []string{"crm.local"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			u, err := url.Parse(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			err = newClient(t, tt.allow...).Check(u, tt.suffixes)
			if tt.want != (err == nil) {
				t.Fatalf("Check = %v", err)
			}
			if err != nil && !offboarding.IsKind(err, offboarding.KindInvalid) {
				t.Errorf("the refusal is not KindInvalid: %v", err)
			}
		})
	}
}

func TestANameThatResolvesToAPrivateAddressIsNotDialled(t *testing.T) {
	tests := map[string]struct {
		address string
		allow   []string
		want    error
	}{
		"loopback":              {address: "127.0.0.1:443", want: ssrf.ErrProhibitedIP},
		"metadata service":      {address: "169.254.169.254:443", want: ssrf.ErrProhibitedIP},
		"IPv6 loopback":         {address: "[::1]:443", want: ssrf.ErrProhibitedIP},
		"mapped private":        {address: "[::ffff:10.0.0.1]:443", want: ssrf.ErrProhibitedIP},
		"public, odd port":      {address: "93.184.215.14:25", want: ssrf.ErrProhibitedPort},
		"outside the allowance": {address: "127.0.0.1:443", allow: []string{"10.0.0.0/8"}, want: ssrf.ErrProhibitedIP},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			conn, err := newClient(t, tt.allow...).transport.DialContext(t.Context(), "tcp", tt.address)
			if conn != nil {
				_ = conn.Close()
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("dial %s = %v, want %v", tt.address, err, tt.want)
			}
		})
	}
}

func TestAnAllowanceThatCannotBeReadIsRefused(t *testing.T) {
	for _, e := range []string{"http://crm.local", "10.0.0.0/64", "crm.local:https", "*.local", "user@host", "a b"} {
		if _, err := New(Config{AllowPrivate: []string{e}}); err == nil {
			t.Errorf("%q was taken", e)
		}
	}
	if _, err := New(Config{AllowPrivate: []string{" ", "crm.local", "[::1]:8080", "fd00::/8"}}); err != nil {
		t.Error(err)
	}
}

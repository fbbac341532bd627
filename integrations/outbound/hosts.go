package outbound

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"

	"opendoor/offboarding"
)

// Check says whether u may be called: https on its default port, a name and
// not an IP address, under one of suffixes (nil: any public host). Hosts that
// the operator allowed are free of all this but must be http or https. The
// refusal is *offboarding.Error of KindInvalid.
func (c *Client) Check(u *url.URL, suffixes []string) error {
	if u == nil || u.Hostname() == "" {
		return offboarding.Invalid("the address names no host")
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return offboarding.Invalid("the address must begin with https://")
	}
	if u.User != nil {
		return offboarding.Invalid("the address must not contain a user name or password")
	}
	if c.allow.exempt(u) {
		return nil
	}
	if u.Scheme != "https" {
		return offboarding.Invalid("the address must begin with https://")
	}
	if p := u.Port(); p != "" && p != "443" {
		return offboarding.Invalid("the address must use the default port")
	}
	host, err := publicName(u.Hostname())
	if err != nil {
		return err
	}
	if suffixes == nil || slices.ContainsFunc(suffixes, func(s string) bool { return under(host, s) }) {
		return nil
	}
	return offboarding.Invalid("the host is not one of " + strings.Join(suffixes, ", "))
}

// publicName returns the host as DNS will be asked for it. Addresses in any
// spelling, the decimal one included, and names without a dot are refused.
func publicName(host string) (string, error) {
	if _, err := netip.ParseAddr(host); err == nil {
		return "", offboarding.Invalid("the address must name its host, not an IP address")
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		return "", offboarding.Invalid("the host is not a valid name")
	}
	labels := strings.Split(ascii, ".")
	last := labels[len(labels)-1]
	if len(labels) < 2 || slices.Contains(labels, "") || strings.ContainsAny(last[:1], "0123456789") || last == "localhost" {
		return "", offboarding.Invalid("the host is not a public name")
	}
	return ascii, nil
}

func under(host, suffix string) bool {
	suffix = strings.ToLower(strings.Trim(suffix, "."))
	return host == suffix || strings.HasSuffix(host, "."+suffix)
}

// allowList is what OPENDOOR_ALLOW_PRIVATE_HOSTS says.
type allowList struct {
	names    map[string]bool // "crm.local" or "crm.local:8443"
	prefixes []netip.Prefix
	pairs    map[netip.AddrPort]bool
}

func parseAllowList(entries []string) (allowList, error) {
	l := allowList{names: map[string]bool{}, pairs: map[netip.AddrPort]bool{}}
	for _, e := range entries {
		e = strings.ToLower(strings.TrimSpace(e))
		if e == "" {
			continue
		}
		if p, err := netip.ParsePrefix(e); err == nil {
			l.prefixes = append(l.prefixes, p.Masked())
			continue
		}
		if ap, err := netip.ParseAddrPort(e); err == nil {
			l.pairs[ap] = true
			continue
		}
		if a, err := netip.ParseAddr(strings.Trim(e, "[]")); err == nil {
			l.prefixes = append(l.prefixes, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		name, port, err := net.SplitHostPort(e)
		if err != nil {
			name, port = e, ""
		}
		if name == "" || strings.ContainsAny(name, ":/@*?# ") || strings.Trim(port, "0123456789") != "" {
			return l, fmt.Errorf("private host %q is neither a host, host:port nor a network", e)
		}
		l.names[e] = true
	}
	return l, nil
}

// exempt reports whether the operator allowed the host of u by name or as an
// address. A network also lets "localhost" through when it holds a loopback
// address: people write both for the same thing.
func (l allowList) exempt(u *url.URL) bool {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	address := net.JoinHostPort(u.Hostname(), port)
	if l.named(address) {
		return true
	}
	if strings.EqualFold(u.Hostname(), "localhost") {
		return l.dialable("127.0.0.1:"+port) || l.dialable("[::1]:"+port)
	}
	return l.dialable(address)
}

// named reports whether host:port, as yet unresolved, is allowed by its name.
func (l allowList) named(address string) bool {
	address = strings.ToLower(address)
	host, _, err := net.SplitHostPort(address)
	return err == nil && (l.names[host] || l.names[address])
}

// dialable reports whether ip:port, as resolved, is allowed as an address.
func (l allowList) dialable(address string) bool {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return false
	}
	ip := ap.Addr().Unmap()
	return l.pairs[netip.AddrPortFrom(ip, ap.Port())] ||
		slices.ContainsFunc(l.prefixes, func(p netip.Prefix) bool { return p.Contains(ip) })
}

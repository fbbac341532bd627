package config

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The errors of this file say what would be right, and never what was given:
// it may be a secret.

var (
	hostName   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$`)
	domainName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)
)

func hasScheme(value string, schemes ...string) bool {
	u, err := url.Parse(value)
	return err == nil && u.Opaque == "" && u.Fragment == "" && slices.Contains(schemes, u.Scheme)
}

func parseInt(value string, low, high int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("a whole number from %d to %d", low, high)
	}
	return n, nil
}

func setAddress(field *string, value string) error {
	host, port, err := net.SplitHostPort(value)
	if err != nil || !validPort(port, 0) || host != "" && !validHost(host) {
		return errors.New("a host and a port, such as 0.0.0.0:8080 or [::1]:8080")
	}
	*field = value
	return nil
}

func validPort(port string, lowest int) bool {
	_, err := parseInt(port, lowest, 65535)
	return err == nil
}

func validHost(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || hostName.MatchString(host)
}

func setPublicURL(c *Config, value string) error {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("http:// or https:// and a host, such as https://opendoor.example.com")
	}
	c.PublicURL = strings.TrimRight(u.String(), "/")
	return nil
}

func setRedisURL(c *Config, value string) error {
	c.RedisURL = Secret(value)
	if value == embeddedRedis {
		return nil
	}
	if !hasScheme(value, "redis", "rediss", "redis+sentinel", "redis+cluster") {
		return errors.New("embedded, redis://host:6379/0, rediss://…, redis+sentinel://… or redis+cluster://…")
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" {
		return errors.New("a host, such as redis://redis:6379/0")
	}
	if u.Scheme == "redis+sentinel" && u.Query().Get("master_name") == "" {
		return errors.New("the name of the master, such as redis+sentinel://host:26379/0?master_name=main")
	}
	return nil
}

func setFilesURL(c *Config, value string) error {
	want := errors.New("file://FOLDER or s3://BUCKET?region=…&endpoint=…")
	c.FilesURL = Secret(value)
	if folder, ok := strings.CutPrefix(value, "file://"); ok {
		if folder == "" {
			return want
		}
		c.FilesURL = Secret("file://" + filepath.ToSlash(filepath.Clean(folder)))
		return nil
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "s3" || u.Hostname() == "" || u.Fragment != "" {
		return want
	}
	return nil
}

// SMTP is the mail server. With an empty host letters are written to the
// outbox in the data dir.
type SMTP struct {
	Host     string
	Port     int
	User     string // empty: no login
	Password Secret
	TLS      TLSMode
}

// TLSMode is how a connection to the mail server is encrypted.
type TLSMode string

// The ways to encrypt a connection to the mail server.
const (
	TLSOffered  TLSMode = ""         // STARTTLS when the server offers it
	TLSRequired TLSMode = "require"  // STARTTLS or nothing
	TLSNone     TLSMode = "none"     // never
	TLSImplicit TLSMode = "implicit" // from the first byte: smtps://
)

// The ports of mail submission, without and with implicit TLS (RFC 8314).
const (
	submissionPort  = 587
	submissionsPort = 465
)

func parseSMTP(value string) (SMTP, error) {
	want := errors.New("smtp://user:password@host:587, with ?tls=require or ?tls=none if need be, or smtps://…; special characters of the password percent-encoded")
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return SMTP{}, want
	}
	s := SMTP{Host: u.Hostname(), User: u.User.Username()}
	password, _ := u.User.Password()
	s.Password = Secret(password)
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return SMTP{}, want
	}
	mode := TLSMode(query.Get("tls"))
	query.Del("tls")
	switch {
	case len(query) > 0:
		return SMTP{}, want
	case u.Scheme == "smtps" && mode == "":
		s.Port, s.TLS = submissionsPort, TLSImplicit
	case u.Scheme == "smtp" && (mode == TLSOffered || mode == TLSRequired || mode == TLSNone):
		s.Port, s.TLS = submissionPort, mode
	default:
		return SMTP{}, want
	}
	if port := u.Port(); port != "" {
		if s.Port, err = parseInt(port, 1, 65535); err != nil {
			return SMTP{}, want
		}
	}
	return s, nil
}

// DKIM signs letters; its fields are all set or none is.
type DKIM struct {
	Key      Secret // PEM
	Domain   string
	Selector string
}

// RFC 8301 forbids shorter keys for signing.
const minDKIMBits = 1024

func parseDKIMKey(value string) (Secret, error) {
	want := errors.New("a private key in PEM, RSA of at least 1024 bits or Ed25519, such as the output of: openssl genrsa 2048")
	block, _ := pem.Decode([]byte(value))
	if block == nil {
		return "", want
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil && key.N.BitLen() >= minDKIMBits {
		return Secret(value), nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return "", want
	}
	switch key := key.(type) {
	case ed25519.PrivateKey:
		return Secret(value), nil
	case *rsa.PrivateKey:
		if key.N.BitLen() >= minDKIMBits {
			return Secret(value), nil
		}
	}
	return "", want
}

// list splits at commas and drops what is empty.
func list(value string) []string {
	var items []string
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func parseHosts(value string) ([]string, error) {
	hosts := list(strings.ToLower(value))
	for _, h := range hosts {
		if _, err := netip.ParsePrefix(h); err == nil || validHost(h) {
			continue
		}
		if host, port, err := net.SplitHostPort(h); err == nil && validHost(host) && validPort(port, 1) {
			continue
		}
		return nil, errors.New("hosts, host:port or CIDRs with commas between, such as localhost,crm.office:8443,10.1.0.0/16")
	}
	return hosts, nil
}

func parsePrefixes(value string) ([]string, error) {
	items := list(value)
	for i, item := range items {
		if addr, err := netip.ParseAddr(item); err == nil && addr.Zone() == "" {
			items[i] = netip.PrefixFrom(addr, addr.BitLen()).String()
			continue
		}
		prefix, err := netip.ParsePrefix(item)
		if err != nil {
			return nil, errors.New("addresses or CIDRs with commas between, such as 10.0.0.0/8,192.0.2.7")
		}
		items[i] = prefix.Masked().String()
	}
	return items, nil
}

// parseInbox reads where to listen for mail.
func parseInbox(value string) (*url.URL, error) {
	want := errors.New("lmtp://host:port, lmtp:///path/of/socket or smtp://host:port")
	u, err := url.Parse(value)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, want
	}
	switch {
	case u.Host != "" && u.Port() != "" && strings.Trim(u.Path, "/") == "" && (u.Scheme == "lmtp" || u.Scheme == "smtp"):
	case u.Host == "" && len(u.Path) > 1 && u.Scheme == "lmtp":
	default:
		return nil, want
	}
	return u, nil
}

package smtp

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/emersion/go-msgauth/dkim"
)

// signedHeaders are what a forger or a careless relay must not change. go-mail's
// own signer breaks on a list of this length (dependencies.md), hence go-msgauth.
// A field that the letter does not have is signed as absent.
var signedHeaders = []string{
	"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Reply-To",
	"List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted",
}

// DKIM signs letters in the name of a domain, whose DNS publishes the key at
// Selector._domainkey.
type DKIM struct {
	Domain   string
	Selector string
	Key      crypto.Signer // RSA of 1024 bits and more, or Ed25519
}

// ParseDKIMKey reads a private key in PEM: PKCS #8, or PKCS #1 for RSA.
func ParseDKIMKey(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("read the DKIM key: no PEM block")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the DKIM key: %w", err)
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return k, nil
	case ed25519.PrivateKey:
		return k, nil
	}
	return nil, fmt.Errorf("read the DKIM key: %T is neither RSA nor Ed25519", key)
}

func (d *DKIM) sign(letter []byte) ([]byte, error) {
	var signed bytes.Buffer
	err := dkim.Sign(&signed, bytes.NewReader(letter), &dkim.SignOptions{
		Domain: d.Domain, Selector: d.Selector, Signer: d.Key,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed,
		BodyCanonicalization:   dkim.CanonicalizationRelaxed,
		HeaderKeys:             signedHeaders,
	})
	if err != nil {
		return nil, fmt.Errorf("sign the letter: %w", err)
	}
	return signed.Bytes(), nil
}

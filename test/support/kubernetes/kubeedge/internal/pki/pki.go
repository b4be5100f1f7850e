// Package pki makes the certificates that KubeEdge v1.22.0 makes itself (pkg/security/certs/x509.go): ECDSA P-256
// throughout, kept as DER.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// century is how long KubeEdge's own CA and server certificates live.
const century = 100 * 365 * 24 * time.Hour

// Pair is a certificate and its key, both DER.
type Pair struct{ Certificate, Key []byte }

// NewCA makes a self-signed CA.
func NewCA() (Pair, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "KubeEdge"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageCertSign,
	}
	return issue(template, nil, century)
}

// NewServer makes the certificate of cloudcore for its advertised addresses and names.
func NewServer(ca Pair, addresses []net.IP, names []string) (Pair, error) {
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "KubeEdge", Organization: []string{"KubeEdge"}},
		IPAddresses: addresses,
		DNSNames:    names,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	return issue(template, &ca, century)
}

// SignRequest answers a certificate request of an edge node with a client certificate.
func SignRequest(ca Pair, request []byte, validity time.Duration) ([]byte, error) {
	parsed, err := x509.ParseCertificateRequest(request)
	if err != nil {
		return nil, fmt.Errorf("fail to ParseCertificateRequest: %w", err)
	}
	if err := parsed.CheckSignature(); err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:     parsed.Subject,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	return sign(template, &ca, validity, parsed.PublicKey)
}

// NewRequest makes a key and a request for it. The subject is the one of a Kubernetes node
// (KubeEdge v1.22.0 edge/pkg/edgehub/certificate/certmanager.go).
func NewRequest(node string) (request []byte, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	subject := pkix.Name{Organization: []string{"system:nodes"}, CommonName: "system:node:" + node}
	request, err = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: subject}, private)
	if err != nil {
		return nil, nil, err
	}
	key, err = x509.MarshalECPrivateKey(private)
	return request, key, err
}

// TLS makes a pair usable for TLS.
func (pair Pair) TLS() (tls.Certificate, error) {
	return tls.X509KeyPair(PEM("CERTIFICATE", pair.Certificate), PEM("EC PRIVATE KEY", pair.Key))
}

// Pool holds one CA.
func Pool(ca []byte) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(PEM("CERTIFICATE", ca))
	return pool
}

// PEM wraps DER.
func PEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// WritePEM writes DER as a PEM file, readable by its owner only.
func WritePEM(file, kind string, der []byte) error {
	return errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, PEM(kind, der), 0o600))
}

func issue(template *x509.Certificate, ca *Pair, validity time.Duration) (Pair, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	key, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		return Pair{}, err
	}
	if ca == nil {
		certificate, err := signWith(template, template, validity, private.Public(), private)
		return Pair{certificate, key}, err
	}
	certificate, err := sign(template, ca, validity, private.Public())
	return Pair{certificate, key}, err
}

func sign(template *x509.Certificate, ca *Pair, validity time.Duration, public crypto.PublicKey) ([]byte, error) {
	parent, err := x509.ParseCertificate(ca.Certificate)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParseECPrivateKey(ca.Key)
	if err != nil {
		return nil, err
	}
	return signWith(template, parent, validity, public, key)
}

func signWith(template, parent *x509.Certificate, validity time.Duration, public crypto.PublicKey, key crypto.Signer) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	template.NotBefore = time.Now().UTC()
	template.NotAfter = template.NotBefore.Add(validity)
	return x509.CreateCertificate(rand.Reader, template, parent, public, key)
}

package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

const (
	tenYears = 10 * 365 * 24 * time.Hour
	oneYear  = 365 * 24 * time.Hour
	// Before their end, K3s renews the server's certificates at a start; the agent's at each one.
	renewal = 120 * 24 * time.Hour
)

// certificates makes the authorities once and everything that they sign at each start, under the names that the real
// program uses in server/tls and agent.
func certificates(o *options) error {
	for _, folder := range []string{o.tls(""), o.server("cred"), o.agent()} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	authorities := map[string]*authority{}
	for _, name := range []string{"server-ca", "client-ca", "request-header-ca"} {
		made, err := loadOrMakeAuthority(o.tls(name), "k3s-"+name)
		if err != nil {
			return err
		}
		authorities[name] = made
	}
	if err := makeKey(o.tls("service.key")); err != nil {
		return err
	}
	serverNames := []string{"kubernetes", "kubernetes.default", "kubernetes.default.svc",
		"kubernetes.default.svc." + o.clusterDomain, "localhost", o.nodeName}
	serverIPs := []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(o.nodeIP), net.ParseIP(o.advertise), firstIP(o.serviceCIDR)}
	for _, name := range o.list("tls-san") {
		if ip := net.ParseIP(name); ip != nil {
			serverIPs = append(serverIPs, ip)
		} else {
			serverNames = append(serverNames, name)
		}
	}
	client, server := x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth
	leaves := []struct {
		file, ca, name, group string
		usage                 x509.ExtKeyUsage
		names                 []string
		ips                   []net.IP
	}{
		{o.tls("serving-kube-apiserver"), "server-ca", "kube-apiserver", "", server, serverNames, serverIPs},
		{o.tls("client-admin"), "client-ca", "system:admin", "system:masters", client, nil, nil},
		{o.tls("client-controller"), "client-ca", "system:kube-controller-manager", "", client, nil, nil},
		{o.tls("client-scheduler"), "client-ca", "system:kube-scheduler", "", client, nil, nil},
		{o.tls("client-kube-apiserver"), "client-ca", "system:apiserver", "system:masters", client, nil, nil},
		{o.tls("client-auth-proxy"), "request-header-ca", "system:auth-proxy", "", client, nil, nil},
		{o.agent("client-kubelet"), "client-ca", "system:node:" + o.nodeName, "system:nodes", client, nil, nil},
		{o.agent("client-kube-proxy"), "client-ca", "system:kube-proxy", "", client, nil, nil},
		{o.agent("serving-kubelet"), "server-ca", o.nodeName, "", server, []string{o.nodeName, "localhost"},
			[]net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(o.nodeIP)}},
	}
	for _, leaf := range leaves {
		template := &x509.Certificate{
			Subject:     pkix.Name{CommonName: leaf.name},
			DNSNames:    leaf.names,
			IPAddresses: leaf.ips,
			KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
			ExtKeyUsage: []x509.ExtKeyUsage{leaf.usage},
		}
		if leaf.group != "" {
			template.Subject.Organization = []string{leaf.group}
		}
		if filepath.Dir(leaf.file) == o.tls("") && kept(leaf.file, template, authorities[leaf.ca]) {
			continue
		}
		if err := sign(leaf.file, template, authorities[leaf.ca]); err != nil {
			return err
		}
	}
	for name, folder := range map[string]string{"server-ca.crt": o.agent(), "client-ca.crt": o.agent()} {
		content, err := os.ReadFile(o.tls(name))
		if err := errors.Join(err, os.WriteFile(filepath.Join(folder, name), content, 0o600)); err != nil {
			return err
		}
	}
	return nil
}

// kept tells whether K3s leaves a certificate as it is: it is there with its key, does not end soon, and is what would be made.
// One that cannot be read is left, too, and then cannot be used (K3s pkg/daemons/control/deps/deps.go, createClientCertKey).
func kept(file string, wanted *x509.Certificate, by *authority) bool {
	content, err := os.ReadFile(file + ".crt")
	if err != nil {
		return false
	}
	if _, err := os.Stat(file + ".key"); err != nil {
		return false
	}
	found, err := x509.ParseCertificate(bytesOf(content))
	if err != nil {
		return true
	}
	for _, ip := range wanted.IPAddresses {
		if !slices.ContainsFunc(found.IPAddresses, ip.Equal) {
			return false
		}
	}
	for _, name := range wanted.DNSNames {
		if !slices.Contains(found.DNSNames, name) {
			return false
		}
	}
	return time.Until(found.NotAfter) > renewal &&
		found.Subject.CommonName == wanted.Subject.CommonName &&
		slices.Equal(found.Subject.Organization, wanted.Subject.Organization) &&
		bytes.Equal(found.AuthorityKeyId, by.certificate.SubjectKeyId)
}

func loadOrMakeAuthority(file, name string) (*authority, error) {
	certificate, errCertificate := os.ReadFile(file + ".crt")
	key, errKey := os.ReadFile(file + ".key")
	if errCertificate == nil && errKey == nil {
		parsed, err := x509.ParseCertificate(bytesOf(certificate))
		if err != nil {
			return nil, err
		}
		private, err := x509.ParseECPrivateKey(bytesOf(key))
		return &authority{parsed, private}, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: fmt.Sprintf("%s@%d", name, time.Now().Unix())},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageCertSign,
	}
	if err := sign(file, template, nil); err != nil {
		return nil, err
	}
	return loadOrMakeAuthority(file, name)
}

// sign writes file.crt and file.key, signed by the authority, or by itself when there is none.
func sign(file string, template *x509.Certificate, by *authority) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template.NotBefore = time.Now().Add(-time.Minute)
	template.NotAfter = time.Now().Add(oneYear)
	if by == nil {
		template.NotAfter = time.Now().Add(tenYears)
		by = &authority{template, key}
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		return err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.certificate, &key.PublicKey, by.key)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(file+".crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644),
		writeKey(file+".key", key))
}

// makeKey makes a key that has no certificate, once.
func makeKey(file string) error {
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	return writeKey(file, key)
}

func writeKey(file string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
}

func bytesOf(text []byte) []byte {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil
	}
	return block.Bytes
}

// firstIP is the address of the service kubernetes: the first one of the service network.
func firstIP(cidr string) net.IP {
	_, network, err := net.ParseCIDR(cidr)
	if err != nil {
		return nil
	}
	ip := network.IP.To4()
	return net.IPv4(ip[0], ip[1], ip[2], ip[3]+1)
}

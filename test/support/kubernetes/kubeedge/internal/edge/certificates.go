package edge

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"time"

	"edgelift.test/kubeedge/internal/jointoken"
	"edgelift.test/kubeedge/internal/klog"
	"edgelift.test/kubeedge/internal/pki"
)

// certificates gets and renews the node's certificate
// (KubeEdge v1.22.0 edge/pkg/edgehub/certificate/certmanager.go, whose words its errors have).
type certificates struct {
	hub  EdgeHub
	node string
}

// ensure takes the certificate that is there when it is this node's, and otherwise asks for one with the token. A
// failure is a panic: the program ends with 2, in less than a second when the cloud answers.
func (certs certificates) ensure() {
	_, err := certs.current()
	if err == nil {
		return
	}
	klog.Warningf("unable to get the current edge certs, reason: %v", err)
	klog.Infof("Reuse the token to obtain the certificate")
	if err := certs.apply(); err != nil {
		panic(fmt.Errorf("failed to apply the edge certs, err: %v", err))
	}
}

func (certs certificates) current() (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(certs.hub.TLSCertFile, certs.hub.TLSPrivateKeyFile)
	if err != nil {
		return pair, fmt.Errorf("unable to load cert/key pair: %v", err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return pair, fmt.Errorf("unable to parse certificate data: %v", err)
	}
	if name := leaf.Subject.CommonName; name != "system:node:"+certs.node {
		return pair, fmt.Errorf("certificate CN %s does not match node name %s", name, certs.node)
	}
	pair.Leaf = leaf
	return pair, nil
}

func (certs certificates) apply() error {
	// The CA is fetched without checking the server: the token's first part says what it has to be.
	ca, err := certs.get("/ca.crt", &tls.Config{InsecureSkipVerify: true}, nil, "")
	if err != nil {
		return fmt.Errorf("failed to get CA certificate, err: %v", err)
	}
	jwt, err := jointoken.VerifyCA(certs.hub.Token, ca)
	if err != nil {
		return err
	}
	if err := pki.WritePEM(certs.hub.TLSCAFile, "CERTIFICATE", ca); err != nil {
		return fmt.Errorf("failed to save the CA certificate to file: %s, error: %v", certs.hub.TLSCAFile, err)
	}
	return certs.request(&tls.Config{RootCAs: pki.Pool(ca)}, jwt)
}

// request sends a new key's certificate request and writes what comes back.
func (certs certificates) request(config *tls.Config, jwt string) error {
	request, key, err := pki.NewRequest(certs.node)
	if err != nil {
		return err
	}
	certificate, err := certs.get("/edge.crt", config, request, jwt)
	if err != nil {
		return fmt.Errorf("failed to get edge certificate from the cloudcore, error: %v", err)
	}
	if err := pki.WritePEM(certs.hub.TLSCertFile, "CERTIFICATE", certificate); err != nil {
		return fmt.Errorf("failed to save the certificate file %s, err: %v", certs.hub.TLSCertFile, err)
	}
	if err := pki.WritePEM(certs.hub.TLSPrivateKeyFile, "EC PRIVATE KEY", key); err != nil {
		return fmt.Errorf("failed to save the certificate key file %s, err: %v", certs.hub.TLSPrivateKeyFile, err)
	}
	return nil
}

func (certs certificates) get(path string, config *tls.Config, body []byte, jwt string) ([]byte, error) {
	request, err := http.NewRequest(http.MethodGet, certs.hub.HTTPServer+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("NodeName", certs.node)
	if jwt != "" {
		request.Header.Set("Authorization", "Bearer "+jwt)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("failed to call http, code: %d, message: %s", response.StatusCode, bytes.TrimSpace(content))
	}
	return content, nil
}

// rotate renews the certificate for ever, each time when 70 to 90 percent of its life are over.
func (certs certificates) rotate() {
	klog.Infof("Certificate rotation is enabled.")
	for {
		pair, err := certs.current()
		if err != nil {
			klog.Errorf("failed to get current certificate:%v", err)
			time.Sleep(32 * time.Second)
			continue
		}
		life := pair.Leaf.NotAfter.Sub(pair.Leaf.NotBefore).Seconds()
		time.Sleep(time.Until(pair.Leaf.NotBefore.Add(time.Duration(life * (0.7 + 0.2*rand.Float64()) * float64(time.Second)))))
		config, err := certs.mutual()
		if err == nil {
			err = certs.request(config, "")
		}
		if err != nil {
			klog.Errorf("failed to get edge certificate from CloudCore:%v", err)
			time.Sleep(32 * time.Second)
		}
	}
}

// mutual are the TLS settings of everything that goes to cloudcore once there is a certificate.
func (certs certificates) mutual() (*tls.Config, error) {
	pair, err := certs.current()
	if err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(certs.hub.TLSCAFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("%s holds no certificate", certs.hub.TLSCAFile)
	}
	return &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}}, nil
}

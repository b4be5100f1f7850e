// Command metrics-server stands for metrics-server v0.8.0 where tests run: it serves metrics.k8s.io/v1beta1 as an
// aggregated API, which is there or is not, and knows no figures. It asks no kubelet, and lets everybody in.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	flags := flag.NewFlagSet("metrics-server", flag.ContinueOnError)
	port := flags.String("secure-port", "443", "The port on which to serve HTTPS.")
	// The rest of what K3s' manifest gives it has no effect here; a misspelt flag ends it.
	for _, name := range []string{"cert-dir", "kubelet-preferred-address-types", "metric-resolution", "tls-cipher-suites"} {
		flags.String(name, "", "Has no effect.")
	}
	flags.Bool("kubelet-use-node-status-port", false, "Has no effect.")
	if flags.Parse(os.Args[1:]) != nil {
		os.Exit(1)
	}
	certificate, err := selfSigned()
	if err != nil {
		log.Fatal(err)
	}
	listener, err := tls.Listen("tcp", net.JoinHostPort("", *port), &tls.Config{
		Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2", "http/1.1"},
	})
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("Serving securely on %s (a double for tests)", listener.Addr())
	log.Fatal(http.Serve(listener, handler()))
}

// selfSigned is what the real one makes when it is given no certificate; K3s' APIService skips its verification.
func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
	}
	content, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{content}, PrivateKey: key}, err
}

// handler answers discovery, lists without items, and the kubelet's probes.
func handler() http.Handler {
	routes := http.NewServeMux()
	fixed := func(path, body string) {
		routes.HandleFunc(path, func(writer http.ResponseWriter, _ *http.Request) {
			if strings.HasPrefix(body, "{") {
				writer.Header().Set("Content-Type", "application/json")
			}
			writer.Write([]byte(body))
		})
	}
	fixed("GET /livez", "ok")
	fixed("GET /readyz", "ok")
	fixed("GET /apis", `{"kind":"APIGroupList","apiVersion":"v1","groups":[`+group+`]}`)
	fixed("GET /apis/metrics.k8s.io", group)
	fixed("GET "+base, resources)
	fixed("GET "+base+"/nodes", list("NodeMetricsList"))
	fixed("GET "+base+"/pods", list("PodMetricsList"))
	fixed("GET "+base+"/namespaces/{namespace}/pods", list("PodMetricsList"))
	return routes
}

const (
	base  = "/apis/metrics.k8s.io/v1beta1"
	group = `{"kind":"APIGroup","apiVersion":"v1","name":"metrics.k8s.io",` +
		`"versions":[{"groupVersion":"metrics.k8s.io/v1beta1","version":"v1beta1"}],` +
		`"preferredVersion":{"groupVersion":"metrics.k8s.io/v1beta1","version":"v1beta1"}}`
	resources = `{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"metrics.k8s.io/v1beta1","resources":[` +
		`{"name":"nodes","singularName":"","namespaced":false,"kind":"NodeMetrics","verbs":["get","list"]},` +
		`{"name":"pods","singularName":"","namespaced":true,"kind":"PodMetrics","verbs":["get","list"]}]}`
)

func list(kind string) string {
	return `{"kind":"` + kind + `","apiVersion":"metrics.k8s.io/v1beta1","metadata":{},"items":[]}`
}

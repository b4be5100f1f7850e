package cloud

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"edgelift.test/kubeedge/internal/jointoken"
	"edgelift.test/kubeedge/internal/kubeapi"
	"edgelift.test/kubeedge/internal/pki"
)

// maxRequest bounds what an edge may send here (KubeEdge v1.22.0 common/constants MaxRespBodyLength).
const maxRequest = 1 << 20

// certificateServer answers on 10002 (KubeEdge v1.22.0 cloud/pkg/cloudhub/servers/httpserver/server.go).
type certificateServer struct {
	api      *kubeapi.Client
	ca       pki.Pair
	validity time.Duration
}

func (server *certificateServer) handler() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /ca.crt", func(writer http.ResponseWriter, _ *http.Request) {
		writer.Write(server.ca.Certificate)
	})
	routes.HandleFunc("GET /edge.crt", server.issue)
	routes.HandleFunc("GET /node/{name}", server.checkNode)
	return routes
}

// issue signs the request in the body, for who shows a token, or a certificate of that same node when it rotates.
func (server *certificateServer) issue(writer http.ResponseWriter, request *http.Request) {
	node := request.Header.Get("NodeName")
	if certificates := request.TLS.PeerCertificates; len(certificates) > 0 {
		if err := server.verifyCertificate(certificates[0], node); err != nil {
			refuse(writer, http.StatusUnauthorized, fmt.Sprintf("failed to verify the certificate for edgenode: %s, err: %v", node, err))
			return
		}
	} else if err := server.verifyToken(request.Header.Get("Authorization")); err != nil {
		refuse(writer, http.StatusUnauthorized, fmt.Sprintf("token validation failure, err: %v", err))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, maxRequest))
	if err == nil {
		body, err = pki.SignRequest(server.ca, body, server.validity)
	}
	if err != nil {
		refuse(writer, http.StatusInternalServerError, fmt.Sprintf("failed to sign certs for edgenode %s, err: %v", node, err))
		return
	}
	writer.Write(body)
}

func (server *certificateServer) verifyToken(authorization string) error {
	kind, token, found := strings.Cut(authorization, " ")
	if !found || kind != "Bearer" {
		return fmt.Errorf("token cannot be splited")
	}
	return jointoken.Verify(token, server.ca.Key, time.Now())
}

func (server *certificateServer) verifyCertificate(certificate *x509.Certificate, node string) error {
	options := x509.VerifyOptions{Roots: pki.Pool(server.ca.Certificate), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if _, err := certificate.Verify(options); err != nil {
		return err
	}
	if certificate.Subject.CommonName != "system:node:"+node {
		return fmt.Errorf("request node name is not match with the certificate")
	}
	return nil
}

// checkNode is how `keadm join` finds that a name is taken: 200 for a node that is there, 404 for one that is not.
func (server *certificateServer) checkNode(writer http.ResponseWriter, request *http.Request) {
	err := server.api.Do("GET", "/api/v1/nodes/"+request.PathValue("name"), nil, nil)
	switch {
	case err == nil:
		writer.WriteHeader(http.StatusOK)
	case kubeapi.NotFound(err):
		refuse(writer, http.StatusNotFound, err.Error())
	default:
		refuse(writer, http.StatusInternalServerError, err.Error())
	}
}

// refuse answers as KubeEdge v1.22.0 cloud/pkg/cloudhub/servers/httpserver/resps does.
func refuse(writer http.ResponseWriter, code int, message string) {
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(code)
	json.NewEncoder(writer).Encode(map[string]any{"code": code, "message": message})
}

// certificatesOf are TLS settings that present this certificate and ask for one as far as auth says.
func certificatesOf(server, ca pki.Pair, auth tls.ClientAuthType) (*tls.Config, error) {
	pair, err := server.TLS()
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pki.Pool(ca.Certificate), ClientAuth: auth, MinVersion: tls.VersionTLS12}, nil
}

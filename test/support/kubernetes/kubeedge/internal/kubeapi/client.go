// Package kubeapi is a small client of the Kubernetes API: objects as JSON, one request at a time, and lists that are
// kept up to date.
package kubeapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"

// Client sends requests to one API server.
type Client struct {
	Base      *url.URL
	HTTP      *http.Client
	tokenFile string
}

// Object is any Kubernetes object.
type Object = map[string]any

// StatusError is an answer other than success.
type StatusError struct {
	Code    int
	Message string
}

func (failure *StatusError) Error() string { return failure.Message }

// NotFound tells that the API server knows no such object.
func NotFound(err error) bool { return hasCode(err, http.StatusNotFound) }

// Conflict tells that an object is there already or was changed meanwhile.
func Conflict(err error) bool { return hasCode(err, http.StatusConflict) }

func hasCode(err error, code int) bool {
	var failure *StatusError
	return errors.As(err, &failure) && failure.Code == code
}

// InCluster is the client of a pod, by its service account.
func InCluster() (*Client, error) {
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return nil, errors.New("unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined")
	}
	ca, err := os.ReadFile(serviceAccount + "/ca.crt")
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, errors.New("the service account's ca.crt holds no certificate")
	}
	base := &url.URL{Scheme: "https", Host: net.JoinHostPort(host, port)}
	return &Client{base, clientOf(&tls.Config{RootCAs: pool}), serviceAccount + "/token"}, nil
}

// At is the client of an API server that asks for no credentials, such as metaServer.
func At(address string) (*Client, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return &Client{Base: base, HTTP: clientOf(nil)}, nil
}

func clientOf(config *tls.Config) *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:     config,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		IdleConnTimeout:     30 * time.Second,
	}}
}

// Authorize adds the credentials to a request. The token file is read each time, since the kubelet renews it.
func (client *Client) Authorize(request *http.Request) {
	if client.tokenFile == "" {
		return
	}
	if token, err := os.ReadFile(client.tokenFile); err == nil {
		request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	}
}

// Open sends a request and hands back a successful answer's body, which the caller closes.
func (client *Client) Open(ctx context.Context, method, path string, body any) (io.ReadCloser, error) {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(client.Base.String(), "/")+path, content)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	client.Authorize(request)
	response, err := client.HTTP.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode < 300 {
		return response.Body, nil
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	var status struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(answer, &status) != nil || status.Message == "" {
		status.Message = fmt.Sprintf("%s %s: %s", method, path, response.Status)
	}
	return nil, &StatusError{response.StatusCode, status.Message}
}

// Do sends a request that is answered within half a minute, and decodes the answer into result unless that is nil.
func (client *Client) Do(method, path string, body, result any) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	answer, err := client.Open(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer answer.Close()
	if result == nil {
		return nil
	}
	return json.NewDecoder(answer).Decode(result)
}

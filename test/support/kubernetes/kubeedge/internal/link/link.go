// Package link carries many streams over one connection that one side opened.
//
// KubeEdge v1.22.0 speaks its own messages over a WebSocket (staging/src/github.com/kubeedge/viaduct); nobody but its
// two ends sees them. The doubles keep what is seen from outside (who connects to which port, TLS, certificates, the
// request's path and Upgrade) and put yamux where the messages were.
package link

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/hashicorp/yamux"
)

// Settings find a dead peer within about half a minute.
func Settings() *yamux.Config {
	config := yamux.DefaultConfig()
	config.LogOutput = io.Discard
	config.KeepAliveInterval = 15 * time.Second
	return config
}

// Dial opens a TLS connection, asks for an upgrade at the path with these headers, and hands back the session.
func Dial(address, path string, header http.Header, config *tls.Config) (*yamux.Session, error) {
	dialer := &tls.Dialer{NetDialer: &net.Dialer{Timeout: 30 * time.Second}, Config: config}
	connection, err := dialer.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	session, err := Upgrade(connection, address, path, header)
	if err != nil {
		connection.Close()
	}
	return session, err
}

// Upgrade is the client's half on a connection that is open.
func Upgrade(connection net.Conn, host, path string, header http.Header) (*yamux.Session, error) {
	request, err := http.NewRequest("GET", "https://"+host+path, nil)
	if err != nil {
		return nil, err
	}
	if header != nil {
		request.Header = header
	}
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", "websocket")
	connection.SetDeadline(time.Now().Add(30 * time.Second))
	if err := request.Write(connection); err != nil {
		return nil, err
	}
	reader := bufio.NewReader(connection)
	response, err := http.ReadResponse(reader, request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		reason, _ := io.ReadAll(io.LimitReader(response.Body, 1<<12))
		return nil, fmt.Errorf("%s: %s", response.Status, reason)
	}
	connection.SetDeadline(time.Time{})
	return yamux.Client(&buffered{connection, reader}, Settings())
}

// Accept is the server's half, within a handler.
func Accept(writer http.ResponseWriter, _ *http.Request) (*yamux.Session, error) {
	hijacker, ok := writer.(http.Hijacker)
	if !ok {
		return nil, errors.New("the connection cannot be taken over")
	}
	connection, buffer, err := hijacker.Hijack()
	if err != nil {
		return nil, err
	}
	connection.SetDeadline(time.Time{})
	if _, err := io.WriteString(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"); err != nil {
		connection.Close()
		return nil, err
	}
	return yamux.Server(&buffered{connection, buffer.Reader}, Settings())
}

// Pipe copies both ways until either side ends, then closes both.
func Pipe(one, other io.ReadWriteCloser) {
	done := make(chan struct{}, 2)
	pass := func(to io.WriteCloser, from io.Reader) {
		io.Copy(to, from)
		if half, ok := to.(interface{ CloseWrite() error }); ok {
			half.CloseWrite()
		} else {
			to.Close()
		}
		done <- struct{}{}
	}
	go pass(one, other)
	go pass(other, one)
	<-done
	<-done
	one.Close()
	other.Close()
}

// What a stream of the tunnel carries, as its first line says.
const (
	Exec  = "exec\n"
	Other = "other\n"
)

// ReadAhead is the connection with what a reader has taken from it put back.
func ReadAhead(connection net.Conn, reader *bufio.Reader) net.Conn {
	return &buffered{connection, reader}
}

// buffered gives back first what the reader of the upgrade has read ahead.
type buffered struct {
	net.Conn
	reader *bufio.Reader
}

func (connection *buffered) Read(into []byte) (int, error) { return connection.reader.Read(into) }

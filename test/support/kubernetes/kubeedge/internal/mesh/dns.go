package mesh

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"edgelift.test/kubeedge/internal/klog"
	"golang.org/x/net/dns/dnsmessage"
)

const (
	zone           = ".cluster.local."
	resolvConf     = "/etc/resolv.conf"
	forwardTimeout = 5 * time.Second
	maxMessage     = 65535
)

// DNS answers for the cluster's zone and passes the rest on (EdgeMesh v1.17.0 pkg/dns: CoreDNS 1.8.0 with `kubernetes`,
// `loop` and `forward . /etc/resolv.conf`).
type DNS struct {
	Resolve     func(name string) ([]net.IP, bool)
	nameservers []string
}

// NewDNS reads the host's nameservers. Without any it fails with CoreDNS' words, as it does when one of them is this DNS
// itself; the agent ends with that.
func NewDNS(resolve func(string) ([]net.IP, bool), file string, self net.IP) (*DNS, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	dns := &DNS{Resolve: resolve}
	for _, line := range strings.Split(string(content), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "nameserver" {
			dns.nameservers = append(dns.nameservers, fields[1])
		}
	}
	if len(dns.nameservers) == 0 {
		return nil, errors.New("plugin/forward: no nameservers found")
	}
	if slices.Contains(dns.nameservers, self.String()) {
		return nil, fmt.Errorf(`plugin/loop: Loop (%s:53 -> :53) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting`, self)
	}
	return dns, nil
}

// Serve answers on UDP and TCP, for ever.
func (dns *DNS) Serve(address string) error {
	packets, err := net.ListenPacket("udp", address)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	go dns.serveTCP(listener)
	buffer := make([]byte, maxMessage)
	for {
		size, from, err := packets.ReadFrom(buffer)
		if err != nil {
			return err
		}
		query := slices.Clone(buffer[:size])
		go func() {
			if answer := dns.Answer(query, "udp"); answer != nil {
				packets.WriteTo(answer, from)
			}
		}()
	}
}

func (dns *DNS) serveTCP(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			klog.Errorf("dns: %v", err)
			return
		}
		go func() {
			defer connection.Close()
			for {
				query, err := readFramed(connection)
				if err != nil {
					return
				}
				answer := dns.Answer(query, "tcp")
				if answer == nil || writeFramed(connection, answer) != nil {
					return
				}
			}
		}()
	}
}

// Answer gives the reply to a query; nil when it is none.
func (dns *DNS) Answer(query []byte, network string) []byte {
	var parser dnsmessage.Parser
	header, err := parser.Start(query)
	if err != nil || header.Response {
		return nil
	}
	question, err := parser.Question()
	if err != nil {
		return nil
	}
	name := strings.ToLower(question.Name.String())
	short, within := strings.CutSuffix(name, zone)
	if !within {
		return dns.forward(query, header, question, network)
	}
	addresses, found := dns.Resolve(short)
	if !found {
		return reply(header, question, dnsmessage.RCodeNameError, nil)
	}
	return reply(header, question, dnsmessage.RCodeSuccess, addresses)
}

// reply is authoritative and holds the IPv4 addresses, which live 30 seconds there; for AAAA it holds nothing.
func reply(header dnsmessage.Header, question dnsmessage.Question, code dnsmessage.RCode, addresses []net.IP) []byte {
	builder := dnsmessage.NewBuilder(nil, dnsmessage.Header{
		ID: header.ID, Response: true, Authoritative: true, RecursionDesired: header.RecursionDesired, RecursionAvailable: true, RCode: code,
	})
	if builder.StartQuestions() != nil || builder.Question(question) != nil || builder.StartAnswers() != nil {
		return nil
	}
	for _, address := range addresses {
		if four := address.To4(); four != nil && question.Type == dnsmessage.TypeA {
			resource := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: 30}
			if builder.AResource(resource, dnsmessage.AResource{A: [4]byte(four)}) != nil {
				return nil
			}
		}
	}
	message, err := builder.Finish()
	if err != nil {
		return nil
	}
	return message
}

// forward asks the host's nameservers one after another.
func (dns *DNS) forward(query []byte, header dnsmessage.Header, question dnsmessage.Question, network string) []byte {
	for _, server := range dns.nameservers {
		answer, err := exchange(query, net.JoinHostPort(server, "53"), network)
		if err == nil {
			return answer
		}
		klog.Errorf("plugin/errors: 2 %s: %v", question.Name, err)
	}
	return reply(header, question, dnsmessage.RCodeServerFailure, nil)
}

func exchange(query []byte, server, network string) ([]byte, error) {
	connection, err := net.DialTimeout(network, server, forwardTimeout)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(forwardTimeout))
	if network == "tcp" {
		if err := writeFramed(connection, query); err != nil {
			return nil, err
		}
		return readFramed(connection)
	}
	if _, err := connection.Write(query); err != nil {
		return nil, err
	}
	buffer := make([]byte, maxMessage)
	size, err := connection.Read(buffer)
	return buffer[:size], err
}

func readFramed(from io.Reader) ([]byte, error) {
	var length uint16
	if err := binary.Read(from, binary.BigEndian, &length); err != nil {
		return nil, err
	}
	message := make([]byte, length)
	_, err := io.ReadFull(from, message)
	return message, err
}

func writeFramed(to io.Writer, message []byte) error {
	_, err := to.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...))
	return err
}

package mesh

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

var self = net.ParseIP("169.254.96.16")

func TestAServiceHasItsClusterIPAndAnUnknownNameHasNone(t *testing.T) {
	dns := newDNS(t, "nameserver 127.0.0.1\n")
	header, answers := ask(t, dns, "Web.Default.svc.cluster.local.", dnsmessage.TypeA)
	if header.RCode != dnsmessage.RCodeSuccess || len(answers) != 1 || answers[0] != [4]byte{10, 43, 0, 9} {
		t.Errorf("%v %v", header.RCode, answers)
	}
	if header, answers = ask(t, dns, "web.default.svc.cluster.local.", dnsmessage.TypeAAAA); header.RCode != dnsmessage.RCodeSuccess || len(answers) != 0 {
		t.Errorf("AAAA: %v %v", header.RCode, answers)
	}
	for _, name := range []string{"none.default.svc.cluster.local.", "web.cluster.local."} {
		if header, _ := ask(t, dns, name, dnsmessage.TypeA); header.RCode != dnsmessage.RCodeNameError {
			t.Errorf("%s: %v", name, header.RCode)
		}
	}
}

func TestAResolvConfWithoutNameserversOrWithThisDNSEndsTheAgent(t *testing.T) {
	for content, words := range map[string]string{
		"":                           "plugin/forward: no nameservers found",
		"search lan\n":               "plugin/forward: no nameservers found",
		"nameserver 169.254.96.16\n": "plugin/loop: Loop",
	} {
		_, err := NewDNS(nil, resolvFile(t, content), self)
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func TestANameOfElsewhereWithoutALivingNameserverFails(t *testing.T) {
	header, _ := ask(t, newDNS(t, "nameserver 127.0.0.1\n"), "example.org.", dnsmessage.TypeA)
	if header.RCode != dnsmessage.RCodeServerFailure {
		t.Errorf("%v", header.RCode)
	}
}

func newDNS(t *testing.T, content string) *DNS {
	t.Helper()
	cluster := &Cluster{}
	service := Service{}
	service.Spec.ClusterIP = "10.43.0.9"
	cluster.Services.Put("default/web", service)
	dns, err := NewDNS(cluster.Resolve, resolvFile(t, content), self)
	if err != nil {
		t.Fatal(err)
	}
	return dns
}

func resolvFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func ask(t *testing.T, dns *DNS, name string, kind dnsmessage.Type) (dnsmessage.Header, [][4]byte) {
	t.Helper()
	query := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 7, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET}},
	}
	packed, err := query.Pack()
	if err != nil {
		t.Fatal(err)
	}
	var message dnsmessage.Message
	if err := message.Unpack(dns.Answer(packed, "udp")); err != nil {
		t.Fatal(err)
	}
	var found [][4]byte
	for _, answer := range message.Answers {
		found = append(found, answer.Body.(*dnsmessage.AResource).A)
	}
	return message.Header, found
}

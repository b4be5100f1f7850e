package mesh

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"os"
	"strings"

	"edgelift.test/kubeedge/internal/klog"
)

// ProbeNAT looks for a router that would map ports, as the agent's libp2p does at every start, with no setting against
// it (EdgeMesh v1.17.0 pkg/tunnel/module.go, libp2p.NATPortMap): UPnP's search by multicast (SSDP), and NAT-PMP's question
// to the default gateway (RFC 6886, 3.2). Nobody has to answer.
func ProbeNAT() {
	send("239.255.255.250:1900", []byte("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 2\r\nST: ssdp:all\r\n\r\n"))
	routes, err := os.Open("/proc/net/route")
	if err != nil {
		klog.Warningf("no NAT-PMP: %v", err)
		return
	}
	defer routes.Close()
	if gateway := defaultGateway(routes); gateway != nil {
		send(net.JoinHostPort(gateway.String(), "5351"), []byte{0, 0})
	}
}

func send(address string, payload []byte) {
	connection, err := net.Dial("udp4", address)
	if err == nil {
		_, err = connection.Write(payload)
		connection.Close()
	}
	if err != nil {
		klog.Warningf("no answer from a NAT device at %s: %v", address, err)
	}
}

// defaultGateway reads the kernel's table of IPv4 routes (proc(5), /proc/net/route: addresses in the host's byte order).
func defaultGateway(routes io.Reader) net.IP {
	for lines := bufio.NewScanner(routes); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 8 || fields[1] != "00000000" || fields[7] != "00000000" {
			continue
		}
		if bytes, err := hex.DecodeString(fields[2]); err == nil && len(bytes) == 4 {
			gateway := make(net.IP, 4)
			binary.BigEndian.PutUint32(gateway, binary.LittleEndian.Uint32(bytes))
			return gateway
		}
	}
	return nil
}

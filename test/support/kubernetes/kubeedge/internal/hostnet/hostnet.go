// Package hostnet finds the address that KubeEdge v1.22.0 takes for the host's own (staging/src/github.com/kubeedge/api/
// apis/util/util.go GetLocalIP).
package hostnet

import (
	"bufio"
	"context"
	"net"
	"os"
	"strings"
	"time"
)

// Address is the one that the host's name stands for, or else the one of the interface of the default route. It is empty
// where there is neither.
func Address() string {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if name, err := os.Hostname(); err == nil {
		addresses, _ := net.DefaultResolver.LookupIP(ctx, "ip4", name)
		for _, address := range addresses {
			if address.IsGlobalUnicast() {
				return address.String()
			}
		}
	}
	address, _ := InterfaceAddress(defaultInterface())
	return address
}

// InterfaceAddress is the first IPv4 address of an interface.
func InterfaceAddress(name string) (string, error) {
	found, err := net.InterfaceByName(name)
	if err != nil {
		return "", err
	}
	addresses, err := found.Addrs()
	if err != nil {
		return "", err
	}
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && network.IP.To4() != nil {
			return network.IP.String(), nil
		}
	}
	return "", &net.AddrError{Err: "no IPv4 address", Addr: name}
}

// defaultInterface reads the kernel's table: interface, destination, …; a default route has no destination.
func defaultInterface() string {
	table, err := os.Open("/proc/net/route")
	if err != nil {
		return ""
	}
	defer table.Close()
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) > 1 && fields[1] == "00000000" {
			return fields[0]
		}
	}
	return ""
}

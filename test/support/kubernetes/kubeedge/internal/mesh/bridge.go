package mesh

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"github.com/vishvananda/netlink"
)

// EnsureBridge makes the bridge `edgemesh0` with its address, on the cloud as well as on the edge
// (EdgeMesh v1.17.0 cmd/edgemesh-agent/app/server.go).
func EnsureBridge(name, address string) error {
	err := netlink.LinkAdd(&netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: name}})
	if err != nil && !errors.Is(err, os.ErrExist) && !errors.Is(err, syscall.EEXIST) {
		return fmt.Errorf("failed to create edgemesh device %s: %w", name, err)
	}
	bridge, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	ip := net.ParseIP(address)
	if ip == nil {
		return fmt.Errorf("commonConfig.bridgeDeviceIP: %q is no IP address", address)
	}
	network := &net.IPNet{IP: ip, Mask: net.CIDRMask(32, 32)}
	if err := netlink.AddrReplace(bridge, &netlink.Addr{IPNet: network}); err != nil {
		return fmt.Errorf("failed to bind %s to %s: %w", address, name, err)
	}
	return netlink.LinkSetUp(bridge)
}

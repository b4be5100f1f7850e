package mesh

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"edgelift.test/kubeedge/internal/iptables"
)

// The chains of the userspace proxier that EdgeMesh v1.17.0 took over from Kubernetes. They come before kube-proxy's
// (docs/advanced/hybird-proxy.md), so on the cloud, too, a service's traffic goes through the agent.
//
// The proxier checks each of its rules, one call of iptables for each, at every change of a service and every thirty
// seconds: a list of the node's processes now and then shows one of them.
const (
	containerChain = "KUBE-PORTALS-CONTAINER"
	hostChain      = "KUBE-PORTALS-HOST"
	program        = "iptables"
	syncPeriod     = 30 * time.Second
)

// begin makes the chains without the rules of a former run.
func begin() error {
	for _, chain := range []string{containerChain, hostChain} {
		if err := errors.Join(iptables.EnsureChain(program, chain), iptables.Flush(program, chain)); err != nil {
			return err
		}
	}
	return nil
}

func ruleFor(service, address string, port Port, target net.Addr) []string {
	return []string{
		"-d", address + "/32", "-p", "tcp", "-m", "comment", "--comment", strings.TrimSuffix(service+":"+port.Name, ":"),
		"-m", "tcp", "--dport", strconv.Itoa(port.Port), "-j", "DNAT", "--to-destination", target.String(),
	}
}

// ensureRules checks every rule that is wanted, and takes away those of portals that are gone.
func (proxy *Proxy) ensureRules(wanted map[string][]string) error {
	for _, chain := range []string{containerChain, hostChain} {
		for _, rule := range wanted {
			if err := iptables.Ensure(program, "-A", chain, rule...); err != nil {
				return err
			}
		}
		for portal, rule := range proxy.rules {
			if wanted[portal] != nil {
				continue
			}
			if err := iptables.Delete(program, chain, rule...); err != nil {
				return err
			}
		}
	}
	proxy.rules = wanted
	return nil
}

package mesh

import (
	"strings"
	"testing"
)

func TestDefaultGateway(t *testing.T) {
	const head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
	const local = "eth0\t00004D0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\n"
	const way = "defroute\t00000000\tFF7100CB\t0003\t0\t0\t1000\t00000000\n"
	if found := defaultGateway(strings.NewReader(head + local + way)); found.String() != "203.0.113.255" {
		t.Errorf("gateway is %v", found)
	}
	if found := defaultGateway(strings.NewReader(head + local)); found != nil {
		t.Errorf("a gateway where there is none: %v", found)
	}
}

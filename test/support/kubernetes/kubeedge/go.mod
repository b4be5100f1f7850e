module edgelift.test/kubeedge

go 1.26.0

require (
	github.com/hashicorp/yamux v0.1.2
	github.com/vishvananda/netlink v1.3.1
	golang.org/x/net v0.62.0
	sigs.k8s.io/yaml v1.6.0
)

require (
	github.com/vishvananda/netns v0.0.5 // indirect
	go.yaml.in/yaml/v2 v2.4.2 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

module edgelift.test/kubeedge

go 1.24.3

require (
	github.com/hashicorp/yamux v0.1.2
	sigs.k8s.io/yaml v1.6.0
)

require go.yaml.in/yaml/v2 v2.4.2 // indirect

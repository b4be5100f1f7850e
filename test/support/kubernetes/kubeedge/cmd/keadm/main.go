// Command keadm stands for KubeEdge v1.22.0's: `gettoken` and `version`. Everything else it refuses; the installer has
// no use for it.
package main

import (
	"flag"
	"fmt"
	"os"

	"edgelift.test/kubeedge/internal/cloud"
	"edgelift.test/kubeedge/internal/kubeapi"
)

func main() {
	command := ""
	if len(os.Args) > 1 {
		command = os.Args[1]
	}
	switch command {
	case "version":
		fmt.Println("version: v1.22.0 (a double for tests)")
	case "gettoken":
		getToken(os.Args[2:])
	default:
		fail(fmt.Errorf("unknown command %q for \"keadm\": this double of keadm has gettoken and version", command))
	}
}

// getToken prints the token of the secret `tokensecret` (KubeEdge v1.22.0 keadm/cmd/keadm/app/cmd/cloud/gettoken.go).
func getToken(arguments []string) {
	flags := flag.NewFlagSet("gettoken", flag.ExitOnError)
	file := flags.String("kube-config", "/root/.kube/config", "Use this key to set kube-config path, eg: $HOME/.kube/config")
	flags.Parse(arguments)
	api, err := kubeapi.FromKubeconfig(*file)
	if err != nil {
		fail(err)
	}
	var secret struct {
		Data map[string][]byte `json:"data"`
	}
	if err := api.Do("GET", "/api/v1/namespaces/"+cloud.Namespace+"/secrets/tokensecret", nil, &secret); err != nil {
		fail(fmt.Errorf("failed to get token, err: %w", err))
	}
	fmt.Print(string(secret.Data["tokendata"]))
}

func fail(err error) {
	fmt.Fprintf(os.Stderr, "Error: %v\n", err)
	os.Exit(1)
}

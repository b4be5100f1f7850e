// The K3s double: a program under the name k3s that runs the real Kubernetes of the same release and behaves like
// K3s v1.34.2+k3s1 where somebody who installs it can notice. Each behaviour names the section of the project's
// upstream facts that it follows ("upstream 1.4"), or "seen" for what the real program was watched doing. What K3s does
// and this program does not, it refuses in so many words: search for refuse( and absent( to see all of it.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/sirupsen/logrus"
)

const (
	program = "k3s"
	version = "v1.34.2+k3s1"
	commit  = "8dac81b2"
)

func main() {
	logrus.SetFormatter(&logrus.TextFormatter{DisableColors: true, FullTimestamp: true})
	logrus.SetOutput(os.Stderr)
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	// Upstream 1.3: install.sh links kubectl, crictl and ctr to this program.
	if !slices.Contains([]string{"kubectl", "crictl", "ctr"}, name) {
		if len(args) == 0 {
			usage()
			return
		}
		name, args = args[0], args[1:]
	}
	switch name {
	case "server":
		runServer(args)
	case "kubectl":
		runKubectl(args)
	case "ctr":
		runCtr(args)
	case "crictl":
		runCrictl(args)
	case "--version", "-v":
		fmt.Printf("%s version %s (%s)\ngo version %s\n", program, version, commit, runtime.Version())
	case "help", "--help", "-h":
		usage()
	case "agent", "certificate", "check-config", "completion", "etcd-snapshot", "secrets-encrypt", "token":
		refuse("the subcommand " + name)
	default:
		usage()
		fmt.Fprintf(os.Stderr, "No help topic for '%s'\n", name)
		os.Exit(3)
	}
}

func usage() {
	fmt.Printf("NAME:\n   %[1]s - Kubernetes, but small and simple\n\nUSAGE:\n   %[1]s [global options] command "+
		"[command options]\n\nVERSION:\n   %[2]s (%[3]s)\n\nCOMMANDS:\n   server, kubectl, crictl, ctr\n", program, version, commit)
}

// refuse ends the program over something that K3s does and its double does not.
func refuse(what string) {
	logrus.Fatalf("%s: the real K3s has this, its double for tests does not", what)
}

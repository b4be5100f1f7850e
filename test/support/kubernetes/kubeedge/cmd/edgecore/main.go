// Command edgecore stands for KubeEdge v1.22.0's edgecore where tests run: the same configuration, certificates, words
// and exit codes, and behind them a real kubelet, so that pods really run. It has no devices, no MQTT, no QUIC and no
// upgrade jobs.
package main

import (
	"flag"
	"fmt"
	"os"

	"edgelift.test/kubeedge/internal/edge"
)

func main() {
	flags := flag.NewFlagSet("edgecore", flag.ContinueOnError)
	file := flags.String("config", edge.ConfigFile, "The path to the configuration file. Flags override values in this file.")
	minimal := flags.Bool("minconfig", false, "Print min configuration for reference, users can refer to it to create their own configuration files.")
	full := flags.Bool("defaultconfig", false, "Print default configuration for reference, users can refer to it to create their own configuration files.")
	// KubeEdge v1.22.0 knows the word and starts all the same: there is no way to ask for its version.
	flags.Bool("version", false, "Has no effect.")
	if err := flags.Parse(os.Args[1:]); err != nil {
		os.Exit(1)
	}
	if *minimal || *full {
		fmt.Print(edge.Print(*minimal))
		return
	}
	edge.Run(*file)
}

// Command placeholder is in images of KubeEdge that have nothing to do in the tests (controller-manager,
// installation-package): it says what it stands for and stays.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"edgelift.test/kubeedge/internal/klog"
)

func main() {
	klog.Infof("this image stands for %s in tests and does nothing", os.Getenv("STANDS_FOR"))
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, syscall.SIGTERM, syscall.SIGINT)
	<-stopped
}

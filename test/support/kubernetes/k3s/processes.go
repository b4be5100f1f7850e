package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"
)

// processes runs the components. The real program has most of them inside its own process: there, too, the end of any of
// them is the end of all.
type processes struct {
	bin    string
	failed chan error

	lock     sync.Mutex
	running  []*exec.Cmd
	stopping bool
}

func newProcesses(bin string) *processes { return &processes{bin: bin, failed: make(chan error, 16)} }

// start runs a component until the end of this program. Killed with it, even when it is killed itself: K3s asks for the
// same for its containerd, so that only containers and their shims outlive it (seen: what K3s leaves when it is stopped).
func (p *processes) start(name string, args []string, output io.Writer) error {
	logrus.Infof("Running %s %s", name, strings.Join(args, " "))
	command := exec.Command(filepath.Join(p.bin, name), args...)
	command.Stdout, command.Stderr = output, output
	command.Env = childEnvironment(p.bin)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.lock.Lock()
	defer p.lock.Unlock()
	if err := command.Start(); err != nil {
		return err
	}
	p.running = append(p.running, command)
	go func() {
		err := command.Wait()
		p.lock.Lock()
		defer p.lock.Unlock()
		if !p.stopping {
			p.failed <- fmt.Errorf("%s exited: %v", name, err)
		}
	}()
	return nil
}

// stop ends all components, the last one first.
func (p *processes) stop() {
	p.lock.Lock()
	p.stopping = true
	running := slices.Clone(p.running)
	p.lock.Unlock()
	slices.Reverse(running)
	for _, command := range running {
		_ = command.Process.Signal(syscall.SIGTERM)
	}
	deadline := time.Now().Add(3 * time.Second)
	for _, command := range running {
		awaitEnd(command, deadline)
		_ = command.Process.Kill()
	}
	// The next K3s may start at once: it must find no port taken, as it finds none where all is one process.
	for _, command := range running {
		awaitEnd(command, time.Now().Add(10*time.Second))
	}
}

func awaitEnd(command *exec.Cmd, deadline time.Time) {
	for command.Process.Signal(syscall.Signal(0)) == nil && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
}

// spareCollector has the garbage collector run less often: nodes of tests live for minutes, and share few processors.
const spareCollector = "GOGC=400"

// childEnvironment lets components find their programs, show the version of K3s, and keep from telling systemd.
func childEnvironment(bin string) []string {
	environment := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		return strings.HasPrefix(entry, "NOTIFY_SOCKET=") || strings.HasPrefix(entry, "PATH=")
	})
	path := os.Getenv("PATH")
	if path == "" {
		path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	}
	return append(environment, "PATH="+bin+":"+path, "KUBE_VERSION_SHOWN="+version, spareCollector)
}

// mergeArguments overlays the arguments of a component with those of its `…-arg` flag, each `name=value` or `name`.
func mergeArguments(defaults map[string]string, extra []string) []string {
	values := map[string][]string{}
	for name, value := range defaults {
		values[name] = []string{"=" + value}
	}
	set := map[string]bool{}
	for _, argument := range extra {
		name, value, joined := strings.Cut(strings.TrimLeft(argument, "-"), "=")
		if joined {
			value = "=" + value
		}
		if !set[name] {
			values[name] = nil
		}
		set[name] = true
		values[name] = append(values[name], value)
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	var arguments []string
	for _, name := range names {
		for _, value := range values[name] {
			arguments = append(arguments, "--"+name+value)
		}
	}
	return arguments
}

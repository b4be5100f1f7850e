// Package iptables drives the iptables programs that the images carry.
package iptables

import (
	"bytes"
	"fmt"
	"os/exec"
)

// Ensure puts a rule into a chain unless it is there. The flag is -A or -I.
func Ensure(program, flag, chain string, rule ...string) error {
	if run(program, append([]string{"-w", "-t", "nat", "-C", chain}, rule...)...) == nil {
		return nil
	}
	return run(program, append([]string{"-w", "-t", "nat", flag, chain}, rule...)...)
}

// EnsureChain makes a chain unless it is there.
func EnsureChain(program, chain string) error {
	if run(program, "-w", "-t", "nat", "-n", "-L", chain) == nil {
		return nil
	}
	return run(program, "-w", "-t", "nat", "-N", chain)
}

// Delete takes a rule out of a chain.
func Delete(program, chain string, rule ...string) error {
	return run(program, append([]string{"-w", "-t", "nat", "-D", chain}, rule...)...)
}

// Flush takes all rules out of a chain.
func Flush(program, chain string) error { return run(program, "-w", "-t", "nat", "-F", chain) }

func run(program string, arguments ...string) error {
	return finish(exec.Command(program, arguments...))
}

func finish(command *exec.Cmd) error {
	var said bytes.Buffer
	command.Stderr = &said
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", command.Args[0], err, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}

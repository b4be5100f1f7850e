// Package iptables drives the iptables programs that the images carry.
package iptables

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
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

// Replace gives these chains exactly these rules, all at once; other chains stay as they are. Each rule is the text
// behind `-A CHAIN`.
func Replace(restore string, chains map[string][]string) error {
	var text strings.Builder
	text.WriteString("*nat\n")
	for chain := range chains {
		fmt.Fprintf(&text, ":%s - [0:0]\n", chain)
	}
	for chain, rules := range chains {
		for _, rule := range rules {
			fmt.Fprintf(&text, "-A %s %s\n", chain, rule)
		}
	}
	text.WriteString("COMMIT\n")
	command := exec.Command(restore, "--noflush", "-w")
	command.Stdin = strings.NewReader(text.String())
	return finish(command)
}

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

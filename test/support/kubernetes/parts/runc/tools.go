//go:build tools

// Package tools holds runc in go.mod, so that it is built from exactly this version.
package tools

import _ "github.com/opencontainers/runc"

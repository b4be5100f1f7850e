package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestWhatCannotBeUnpackedLeavesTheRoomThatItFound(t *testing.T) {
	data := t.TempDir()
	for range 2 {
		_, err := unpackInto(data, "abc", payloadOf(t, "bin/kubernetes", strings.Repeat("x", 1<<20), "bin/full/file"))
		if !errors.Is(err, syscall.ENOENT) {
			t.Fatalf("got %v", err)
		}
		left, _ := filepath.Glob(filepath.Join(data, "data", "abc*"))
		if len(left) != 0 {
			t.Errorf("left: %v", left)
		}
	}
}

func TestAnotherBuildBecomesCurrentAndTheOneBeforePrevious(t *testing.T) {
	data := t.TempDir()
	for _, hash := range []string{"one", "two", "two"} {
		bin, err := unpackInto(data, hash, payloadOf(t, "bin/kubernetes", hash))
		if err != nil {
			t.Fatal(err)
		}
		if content, err := os.ReadFile(filepath.Join(bin, "kubernetes")); err != nil || string(content) != hash {
			t.Errorf("%s: %q, %v", hash, content, err)
		}
	}
	for link, hash := range map[string]string{"current": "two", "previous": "one"} {
		target, err := os.Readlink(filepath.Join(data, "data", link))
		if err != nil || target != filepath.Join(data, "data", hash) {
			t.Errorf("%s leads to %q, %v", link, target, err)
		}
	}
}

func TestTheDigestsOfTheProgramsLieBesideThem(t *testing.T) {
	bin, err := unpackInto(t.TempDir(), "abc", payloadOf(t, "bin/kubernetes", "program"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(filepath.Join(bin, ".sha256sums"))
	want := fmt.Sprintf("%x  ./kubernetes\n", sha256.Sum256([]byte("program")))
	if err != nil || string(list) != want {
		t.Errorf("%q, %v", list, err)
	}
}

// payloadOf is a compressed tar of a folder `bin` and a file; of a third name, a file in a folder that is not there.
func payloadOf(t *testing.T, name, content string, missing ...string) *bytes.Buffer {
	t.Helper()
	var packed bytes.Buffer
	compressed := gzip.NewWriter(&packed)
	archive := tar.NewWriter(compressed)
	add := func(header *tar.Header, content string) {
		header.Size = int64(len(content))
		if err := archive.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	add(&tar.Header{Name: "bin", Typeflag: tar.TypeDir, Mode: 0o755}, "")
	add(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755}, content)
	for _, one := range missing {
		add(&tar.Header{Name: one, Typeflag: tar.TypeReg, Mode: 0o755}, "x")
	}
	if err := errors.Join(archive.Close(), compressed.Close()); err != nil {
		t.Fatal(err)
	}
	return &packed
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

const blocks = 64

func medium(t *testing.T) *os.File {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "medium"))
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Truncate(blocks * blockSize); err != nil {
		t.Fatal(err)
	}
	return file
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// written counts the blocks of the medium that are full of a byte.
func written(t *testing.T, file *os.File, value byte) int {
	t.Helper()
	all, err := os.ReadFile(file.Name())
	must(t, err)
	count := 0
	for number := range blocks {
		if bytes.Equal(all[number*blockSize:(number+1)*blockSize], bytes.Repeat([]byte{value}, blockSize)) {
			count++
		}
	}
	return count
}

func TestWhatWasNotFlushedIsLostInPart(t *testing.T) {
	file := medium(t)
	disk := newCache(file, 1)
	must(t, disk.write(bytes.Repeat([]byte{1}, blocks*blockSize), 0))
	seen := make([]byte, blocks*blockSize)
	must(t, disk.read(seen, 0))
	if !bytes.Equal(seen, bytes.Repeat([]byte{1}, len(seen))) {
		t.Error("the running machine does not see what it has written")
	}
	if count := written(t, file, 1); count < blocks/4 || count > blocks*3/4 {
		t.Errorf("%d of %d blocks are on the medium", count, blocks)
	}
}

func TestWhatWasFlushedIsKept(t *testing.T) {
	file := medium(t)
	disk := newCache(file, 2)
	must(t, disk.write(bytes.Repeat([]byte{1}, blocks*blockSize), 0))
	must(t, disk.flush())
	must(t, disk.write(bytes.Repeat([]byte{2}, blocks*blockSize), 0))
	one, two := written(t, file, 1), written(t, file, 2)
	if one+two != blocks || one == 0 || two == 0 {
		t.Errorf("%d blocks are as flushed and %d newer, of %d", one, two, blocks)
	}
}

func TestAPartOfABlockLeavesTheRest(t *testing.T) {
	file := medium(t)
	disk := newCache(file, 3)
	must(t, disk.write(bytes.Repeat([]byte{1}, 3*blockSize), 0))
	must(t, disk.write(bytes.Repeat([]byte{2}, blockSize), 512))
	seen := make([]byte, 3*blockSize)
	for range 2 {
		must(t, disk.read(seen, 0))
		want := append(bytes.Repeat([]byte{1}, 512), bytes.Repeat([]byte{2}, blockSize)...)
		want = append(want, bytes.Repeat([]byte{1}, 2*blockSize-512)...)
		if !bytes.Equal(seen, want) {
			t.Error("a write has changed more or less than its bytes")
		}
		must(t, disk.flush())
	}
}

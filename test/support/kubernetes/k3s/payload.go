package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/sirupsen/logrus"
)

// payloadMark ends a program that carries a payload: a compressed tar, its length as eight bytes, and this.
const payloadMark = "K3SDOUBL"

// unpack lays the programs that this one carries into data/<hash>/bin, once, and makes data/current point there, as K3s
// does at whatever is its first command. It returns the folder of the programs.
func unpack(dataDir string) (string, error) {
	payload, err := readPayload()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(payload)
	data := filepath.Join(dataDir, "data")
	folder := filepath.Join(data, hex.EncodeToString(sum[:]))
	bin := filepath.Join(folder, "bin")
	if _, err := os.Stat(bin); err == nil {
		return bin, nil
	}
	logrus.Infof("Preparing data dir %s", folder)
	unfinished := folder + "-tmp"
	if err := errors.Join(os.RemoveAll(unfinished), extract(payload, unfinished)); err != nil {
		return "", err
	}
	if err := os.Rename(unfinished, folder); err != nil {
		return "", err
	}
	current := filepath.Join(data, "current")
	if err := errors.Join(os.RemoveAll(current), os.Symlink(filepath.Base(folder), current)); err != nil {
		return "", err
	}
	return bin, nil
}

func readPayload() ([]byte, error) {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return nil, err
	}
	defer self.Close()
	size, err := self.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	tail := make([]byte, 8+len(payloadMark))
	if _, err := self.ReadAt(tail, size-int64(len(tail))); err != nil {
		return nil, err
	}
	if string(tail[8:]) != payloadMark {
		return nil, errors.New("this program carries no payload: it was built without one")
	}
	payload := make([]byte, binary.BigEndian.Uint64(tail))
	_, err = self.ReadAt(payload, size-int64(len(tail))-int64(len(payload)))
	return payload, err
}

func extract(payload []byte, folder string) error {
	plain, err := gzip.NewReader(bytes.NewReader(payload))
	if err != nil {
		return err
	}
	archive := tar.NewReader(plain)
	for {
		entry, err := archive.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		place := filepath.Join(folder, entry.Name)
		switch entry.Typeflag {
		case tar.TypeDir:
			err = os.MkdirAll(place, 0o755)
		case tar.TypeSymlink:
			err = os.Symlink(entry.Linkname, place)
		default:
			err = extractFile(archive, place, os.FileMode(entry.Mode))
		}
		if err != nil {
			return err
		}
	}
}

func extractFile(from io.Reader, place string, mode os.FileMode) error {
	file, err := os.OpenFile(place, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Close())
}

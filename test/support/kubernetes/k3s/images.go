package main

import (
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	containerd "github.com/containerd/containerd/v2/client"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/distribution/reference"
	"github.com/klauspost/compress/zstd"
	"github.com/sirupsen/logrus"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// imageStore is containerd as the images folder sees it: its own interface for archives, CRI for pull lists.
type imageStore struct {
	client *containerd.Client
	puller cri.ImageServiceClient
}

const (
	pinnedByK3s = "io.cattle.k3s.pinned"
	pinnedInCRI = "io.cri-containerd.pinned"
	pinned      = "pinned"
)

// imageSuffixes are the names that the images folder takes (upstream 1.4); anything else in it is not looked at.
var imageSuffixes = []string{
	".tar", ".tar.lz4", ".tar.bz2", ".tbz", ".tar.gz", ".tgz", ".tar.zst", ".tzst", ".txt",
}

func isImageFile(name string) bool {
	for _, suffix := range imageSuffixes {
		if strings.HasSuffix(strings.ToLower(name), suffix) {
			return true
		}
	}
	return false
}

func openImageStore(ctx context.Context) (*imageStore, error) {
	client, err := containerd.New(containerdSocket)
	if err != nil {
		return nil, err
	}
	connection, err := criConnection(ctx)
	if err != nil {
		return nil, err
	}
	return &imageStore{client, cri.NewImageServiceClient(connection)}, nil
}

// load takes one file of the images folder in and logs how it went. No error of an import ever stops K3s (upstream 1.4).
func (s *imageStore) load(ctx context.Context, file string) {
	began := time.Now()
	if err := s.take(ctx, file); err != nil {
		logrus.Errorf("Error encountered while importing %s: %v", file, err)
		return
	}
	logrus.Infof("Imported images from %s in %s", file, time.Since(began))
}

func (s *imageStore) take(ctx context.Context, name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	if strings.HasSuffix(strings.ToLower(name), ".txt") {
		return s.pull(ctx, file)
	}
	plain, err := decompressed(name, file)
	if err != nil {
		return err
	}
	logrus.Infof("Importing images from %s", name)
	ctx, done, err := s.client.WithLease(namespaces.WithNamespace(ctx, "k8s.io"))
	if err != nil {
		return err
	}
	defer func() { _ = done(ctx) }()
	// Nothing here notices an archive without names, which gives no image, nor a damaged layer, whose blob is missing
	// and skipped: both are what the options of the real import lead to (upstream 1.4; seen).
	found, err := s.client.Import(ctx, plain, containerd.WithAllPlatforms(true), containerd.WithSkipMissing())
	if err != nil {
		return err
	}
	var wrong []error
	for _, image := range found {
		if err := s.pin(ctx, image); err != nil {
			wrong = append(wrong, err)
			continue
		}
		logrus.Infof("Imported %s", image.Name)
	}
	return errors.Join(wrong...)
}

// decompressed opens an archive by its name. The zstd window is limited to 32 MiB, as in K3s (upstream 1.4).
func decompressed(name string, file io.Reader) (io.Reader, error) {
	lower := strings.ToLower(name)
	switch {
	case strings.HasSuffix(lower, ".tar"):
		return file, nil
	case strings.HasSuffix(lower, ".tar.gz"), strings.HasSuffix(lower, ".tgz"):
		return gzip.NewReader(file)
	case strings.HasSuffix(lower, ".tar.zst"), strings.HasSuffix(lower, ".tzst"):
		return zstd.NewReader(file, zstd.WithDecoderMaxMemory(1<<25))
	case strings.HasSuffix(lower, ".tar.bz2"), strings.HasSuffix(lower, ".tbz"):
		return bzip2.NewReader(file), nil
	case strings.HasSuffix(lower, ".tar.lz4"):
		return nil, errors.New("lz4: the real K3s reads this, its double for tests does not")
	default:
		return nil, errors.New("unhandled file type")
	}
}

// pin keeps an image from the kubelet's garbage collection (upstream 1.4). A name without repository and tag is refused.
func (s *imageStore) pin(ctx context.Context, image images.Image) error {
	named, err := reference.ParseNormalizedNamed(image.Name)
	if err != nil {
		return fmt.Errorf("failed to parse image name: %w", err)
	}
	if _, tagged := named.(reference.NamedTagged); !tagged {
		return fmt.Errorf("failed to parse image name: can't cast %T to NamedTagged", named)
	}
	return s.label(ctx, image.Name, pinned)
}

func (s *imageStore) label(ctx context.Context, name, value string) error {
	_, err := s.client.ImageService().Update(ctx,
		images.Image{Name: name, Labels: map[string]string{pinnedByK3s: value, pinnedInCRI: value}},
		"labels."+pinnedByK3s, "labels."+pinnedInCRI)
	return err
}

// unpinAll takes back the pins of an earlier start, so that what is no longer in the folder can be collected.
func (s *imageStore) unpinAll(ctx context.Context) error {
	ctx = namespaces.WithNamespace(ctx, "k8s.io")
	found, err := s.client.ImageService().List(ctx, fmt.Sprintf("labels.%q==%s", pinnedByK3s, pinned))
	if err != nil {
		return err
	}
	for _, image := range found {
		if err := s.label(ctx, image.Name, ""); err != nil {
			return err
		}
	}
	return nil
}

// pull pulls what a .txt file lists, line by line, unless it is there (upstream 1.4).
func (s *imageStore) pull(ctx context.Context, list io.Reader) error {
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		image := &cri.ImageSpec{Image: strings.TrimSpace(lines.Text())}
		status, err := s.puller.ImageStatus(ctx, &cri.ImageStatusRequest{Image: image})
		if err == nil && status.Image != nil {
			continue
		}
		logrus.Infof("Pulling image %s...", image.Image)
		if _, err := s.puller.PullImage(ctx, &cri.PullImageRequest{Image: image}); err != nil {
			logrus.Errorf("Failed to pull %s: %v", image.Image, err)
		}
	}
	return lines.Err()
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"
)

// runServer is `k3s server`. A mistake in the flags ends it with 1 and usage. A component that ends, for a flag that it does
// not know for one, ends K3s with 0: systemd, which was promised a notification, then says "protocol" (seen).
func runServer(args []string) {
	flags, err := parseFlags(args, environment)
	var wrong usageError
	if errors.As(err, &wrong) {
		fmt.Printf("Incorrect Usage: %v\n\nNAME:\n   k3s server - Run management server\n\nUSAGE:\n   k3s server [OPTIONS]\n\n", err)
	}
	if err != nil {
		logrus.Fatal(err)
	}
	if flags.on("debug") {
		logrus.SetLevel(logrus.DebugLevel)
	}
	if err := checkCgroups(); err != nil {
		logrus.Fatal(err)
	}
	bin, err := unpack(dataDir(flags))
	if err != nil {
		logrus.Fatal(err)
	}
	logrus.Infof("Starting k3s %s (%s): the double for tests", version, commit)
	o, err := resolve(flags)
	if err != nil {
		logrus.Fatal(err)
	}
	o.bin = bin
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	p := newProcesses(bin)
	started := make(chan error, 1)
	go func() { started <- start(ctx, o, p) }()
	for {
		select {
		case err := <-started:
			if err != nil && ctx.Err() == nil {
				p.stop()
				logrus.Fatal(err)
			}
		case err := <-p.failed:
			logrus.Errorf("Shutdown request received: %v", err)
			p.stop()
			return
		case <-ctx.Done():
			p.stop()
			return
		}
	}
}

// start brings everything up in the order of K3s: the control plane, then containerd and the images that wait in the
// folder, then kubelet and kube-proxy, then the word to systemd.
func start(ctx context.Context, o *options, p *processes) error {
	for _, step := range []func(*options) error{
		certificates, users, bootstrap, writeKubeconfig, func(*options) error { return writeNodePassword() },
	} {
		if err := step(o); err != nil {
			return err
		}
	}
	if _, err := clientConfig(o, o.server("cred", "admin.kubeconfig"), o.tls("client-admin")); err != nil {
		return err
	}
	if err := startControlPlane(o, p); err != nil {
		return err
	}
	if err := startContainerd(ctx, o, p); err != nil {
		return err
	}
	store, err := openImageStore(ctx)
	if err != nil {
		return err
	}
	if err := watchImages(ctx, o.agent("images"), store); err != nil {
		return err
	}
	server, err := newAPI(o)
	if err != nil {
		return err
	}
	logrus.Info("Waiting for API server to become available")
	for {
		if err := server.call("GET", "/api/v1/namespaces/kube-system", nil, nil); err == nil {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	logrus.Info("Kube API server is now running")
	if err := writeToken(o); err != nil {
		return err
	}
	if err := startAgent(o, p); err != nil {
		return err
	}
	go adoptNode(o, server, ctx.Done())
	addons := &deployer{o, o.server("manifests"), map[string][32]byte{}}
	if err := addons.stage(); err != nil {
		return err
	}
	go addons.run(ctx.Done())
	logrus.Info("k3s is up and running")
	return notifySystemd("READY=1\n")
}

// notifySystemd speaks sd_notify(3) to the socket that a unit of Type=notify gives.
func notifySystemd(words string) error {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return nil
	}
	connection, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer connection.Close()
	_, err = connection.Write([]byte(words))
	return err
}

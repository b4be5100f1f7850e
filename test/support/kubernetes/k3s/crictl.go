package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/gogo/protobuf/jsonpb"
	"github.com/gogo/protobuf/proto"
	"github.com/sirupsen/logrus"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// runCrictl is the little of crictl that an installer looks at: images, ps, pods, info and version, as a table, with -q or
// as JSON. Everything else is refused.
func runCrictl(args []string) {
	output, quiet, all, command := "table", false, false, ""
	for i := 0; i < len(args); i++ {
		switch word := args[i]; {
		case (word == "-o" || word == "--output") && i+1 < len(args):
			i++
			output = args[i]
		case strings.HasPrefix(word, "--output="):
			output = strings.TrimPrefix(word, "--output=")
		case word == "-q" || word == "--quiet":
			quiet = true
		case word == "-a" || word == "--all":
			all = true
		case command == "" && !strings.HasPrefix(word, "-"):
			command = word
		default:
			refuse("crictl " + strings.Join(args, " "))
		}
	}
	if output != "table" && output != "json" {
		refuse("crictl --output " + output)
	}
	ctx := context.Background()
	connection, err := criConnection(ctx)
	if err != nil {
		logrus.Fatalf("validate service connection: %v", err)
	}
	runtime, images := cri.NewRuntimeServiceClient(connection), cri.NewImageServiceClient(connection)
	var answer proto.Message
	var rows [][]string
	switch command {
	case "images", "image", "img":
		var found *cri.ListImagesResponse
		if found, err = images.ListImages(ctx, &cri.ListImagesRequest{}); err == nil {
			answer, rows = found, imageRows(found.Images, quiet)
		}
	case "ps":
		request := &cri.ListContainersRequest{}
		if !all {
			running := &cri.ContainerStateValue{State: cri.ContainerState_CONTAINER_RUNNING}
			request.Filter = &cri.ContainerFilter{State: running}
		}
		var found *cri.ListContainersResponse
		if found, err = runtime.ListContainers(ctx, request); err == nil {
			answer, rows = found, containerRows(found.Containers, quiet)
		}
	case "pods", "pod":
		var found *cri.ListPodSandboxResponse
		if found, err = runtime.ListPodSandbox(ctx, &cri.ListPodSandboxRequest{}); err == nil {
			answer, rows = found, podRows(found.Items, quiet)
		}
	case "info":
		output = "json"
		answer, err = runtime.Status(ctx, &cri.StatusRequest{Verbose: true})
	case "version":
		var found *cri.VersionResponse
		if found, err = runtime.Version(ctx, &cri.VersionRequest{}); err == nil {
			answer = found
			rows = [][]string{{"Version:", found.Version}, {"RuntimeName:", found.RuntimeName},
				{"RuntimeVersion:", found.RuntimeVersion}, {"RuntimeApiVersion:", found.RuntimeApiVersion}}
		}
	default:
		refuse("crictl " + command)
	}
	if err != nil {
		logrus.Fatal(err)
	}
	show(output, answer, rows)
}

func imageRows(found []*cri.Image, quiet bool) [][]string {
	rows := [][]string{{"IMAGE", "TAG", "IMAGE ID", "SIZE"}}
	if quiet {
		rows = nil
	}
	for _, image := range found {
		if quiet {
			rows = append(rows, []string{image.Id})
			continue
		}
		id := strings.TrimPrefix(image.Id, "sha256:")
		for _, name := range image.RepoTags {
			at := strings.LastIndex(name, ":")
			rows = append(rows, []string{name[:at], name[at+1:], id[:min(13, len(id))], fmt.Sprint(image.Size_)})
		}
	}
	return rows
}

func containerRows(found []*cri.Container, quiet bool) [][]string {
	rows := [][]string{{"CONTAINER", "IMAGE", "STATE", "NAME", "POD ID"}}
	if quiet {
		rows = nil
	}
	for _, one := range found {
		row := []string{one.Id, one.Image.Image, strings.TrimPrefix(one.State.String(), "CONTAINER_"), one.Metadata.Name, one.PodSandboxId}
		if quiet {
			row = row[:1]
		}
		rows = append(rows, row)
	}
	return rows
}

func podRows(found []*cri.PodSandbox, quiet bool) [][]string {
	rows := [][]string{{"POD ID", "STATE", "NAME", "NAMESPACE"}}
	if quiet {
		rows = nil
	}
	for _, one := range found {
		row := []string{one.Id, strings.TrimPrefix(one.State.String(), "SANDBOX_"), one.Metadata.Name, one.Metadata.Namespace}
		if quiet {
			row = row[:1]
		}
		rows = append(rows, row)
	}
	return rows
}

func show(output string, answer proto.Message, rows [][]string) {
	if output == "json" {
		marshaler := jsonpb.Marshaler{EmitDefaults: true, Indent: "  "} // as crictl prints it
		if err := marshaler.Marshal(os.Stdout, answer); err != nil {
			logrus.Fatal(err)
		}
		fmt.Println()
		return
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 4, 3, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	_ = table.Flush()
}

// Command mosquitto stands for eclipse-mosquitto 1.6.15 on edge nodes: it listens on 1883 and accepts whoever connects,
// and no message goes anywhere.
package main

import (
	"io"
	"net"

	"edgelift.test/kubeedge/internal/klog"
)

// An MQTT 3.1.1 CONNACK that accepts (section 3.2), and the types of the packets that are told apart here.
var accepted = []byte{0x20, 2, 0, 0}

const (
	connect = 0x10
	ping    = 0xc0
)

func main() {
	listener, err := net.Listen("tcp", ":1883")
	if err != nil {
		klog.Exitf("%v", err)
	}
	klog.Infof("mosquitto version 1.6.15 running (a double for tests)")
	for {
		client, err := listener.Accept()
		if err != nil {
			klog.Exitf("%v", err)
		}
		go serve(client)
	}
}

func serve(client net.Conn) {
	defer client.Close()
	header := make([]byte, 1)
	for {
		if _, err := io.ReadFull(client, header); err != nil {
			return
		}
		length, err := remaining(client)
		if err != nil {
			return
		}
		if _, err := io.CopyN(io.Discard, client, length); err != nil {
			return
		}
		switch header[0] & 0xf0 {
		case connect:
			client.Write(accepted)
		case ping:
			client.Write([]byte{0xd0, 0})
		}
	}
}

// remaining reads MQTT's variable length.
func remaining(from io.Reader) (int64, error) {
	var length int64
	digit := make([]byte, 1)
	for shift := 0; shift < 28; shift += 7 {
		if _, err := io.ReadFull(from, digit); err != nil {
			return 0, err
		}
		length |= int64(digit[0]&0x7f) << shift
		if digit[0]&0x80 == 0 {
			break
		}
	}
	return length, nil
}

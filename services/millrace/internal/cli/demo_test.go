package cli

import (
	"net"
	"strconv"
	"strings"
	"testing"
)

func TestListenNear(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	if _, err := listenNear(t.Context(), address, false); err == nil || !strings.Contains(err.Error(), "choose another address with --listen") {
		t.Errorf("an address that was asked for: %v", err)
	}
	l, err := listenNear(t.Context(), address, true)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if isPort(l.Addr(), address) || !isPort(taken.Addr(), address) || !isPort(l.Addr(), "127.0.0.1:0") {
		t.Errorf("%s instead of %s", l.Addr(), address)
	}
	if _, err := listenNear(t.Context(), "nowhere.invalid:8080", true); err == nil {
		t.Error("it listens nowhere")
	}
}

func TestPageAddress(t *testing.T) {
	for ip, want := range map[string]string{"127.0.0.1": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "127.0.0.1", "::1": "[::1]"} {
		for _, port := range []int{8080, 1} {
			if got := pageAddress(&net.TCPAddr{IP: net.ParseIP(ip), Port: port}); got != "http://"+want+":"+strconv.Itoa(port) {
				t.Errorf("%s: %s", ip, got)
			}
		}
	}
}

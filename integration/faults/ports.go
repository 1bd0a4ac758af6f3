package faults

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// ports gives out free loopback addresses, from below those that systems take for
// outgoing connections, so that a server that is restarted finds its own free.
type ports struct{ given map[int]bool }

func (p *ports) next() string {
	if p.given == nil {
		p.given = map[int]bool{}
	}
	for {
		n := 15000 + rand.IntN(17000)
		if p.given[n] {
			continue
		}
		address := fmt.Sprintf("127.0.0.1:%d", n)
		l, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		_ = l.Close()
		p.given[n] = true
		return address
	}
}

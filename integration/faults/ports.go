package faults

import (
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
)

// ports gives out free loopback addresses, from below those that systems take for
// outgoing connections, so that a server that is restarted finds its own free. Where
// all of 127.0.0.0/8 is loopback, as on Linux, a run has an address of its own, or
// another run could take the port of a server that is away.
type ports struct {
	host  string
	given map[int]bool
}

func (p *ports) next() string {
	if p.given == nil {
		p.host, p.given = "127.0.0.1", map[int]bool{}
		if runtime.GOOS == "linux" {
			p.host = fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(250), rand.IntN(250), 1+rand.IntN(250))
		}
	}
	for {
		n := 15000 + rand.IntN(17000)
		if p.given[n] {
			continue
		}
		address := fmt.Sprintf("%s:%d", p.host, n)
		l, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		_ = l.Close()
		p.given[n] = true
		return address
	}
}

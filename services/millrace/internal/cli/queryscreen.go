package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/millrace/millrace/services/millrace/internal/client"
)

// drawEvery is the least time between two drawings.
const drawEvery = 100 * time.Millisecond

// screen draws a board on a terminal, not more often than people can see, and
// never half of a state.
type screen struct {
	out  io.Writer
	size func() (width, height int, err error) // nil: it is no terminal, and gets one whole table after another

	mu     sync.Mutex
	board  board
	dirty  bool
	opened bool
	failed error // of drawing

	stop chan struct{}
	done chan struct{}
}

func newScreen(out io.Writer, size func() (int, int, error)) *screen {
	s := &screen{out: out, size: size, stop: make(chan struct{}), done: make(chan struct{})}
	s.board.reset()
	go s.paint(drawEvery)
	return s
}

// pageEvery is the least time between two tables where they are not drawn over
// each other.
const pageEvery = time.Second

// newPages is a screen for what is no terminal.
func newPages(out io.Writer) *screen {
	s := &screen{out: out, stop: make(chan struct{}), done: make(chan struct{})}
	s.board.reset()
	go s.paint(pageEvery)
	return s
}

// paint draws until the screen is closed. A slow drawing makes longer pauses.
func (s *screen) paint(every time.Duration) {
	defer close(s.done)
	pause := drawEvery
	for {
		select {
		case <-s.stop:
			return
		case <-time.After(pause):
		}
		began := time.Now()
		s.draw()
		pause = max(every, 4*time.Since(began))
	}
}

// close draws what is not drawn yet, and leaves it there.
func (s *screen) close() {
	close(s.stop)
	<-s.done
	s.draw()
	if s.opened {
		_, _ = io.WriteString(s.out, "\r\x1b[K") // the terminal has shown ^C here
	}
}

func (s *screen) meta(q *client.Query) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.board.query, s.board.state = *q, q.State
	return s.failed
}

func (s *screen) event(e client.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.board.apply(e)
	s.dirty = true
	return s.failed
}

func (s *screen) draw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.dirty || !s.board.whole {
		return
	}
	s.dirty = false
	if s.size == nil {
		if _, err := io.WriteString(s.out, strings.Join(s.board.lines(0, mostLog), "\n")+"\n\n"); err != nil {
			s.failed = fmt.Errorf("write: %w", err)
		}
		return
	}
	width, height, err := s.size()
	if err != nil || width < 2 || height < 2 {
		width, height = 80, 24
	}
	// Some terminals take two columns for the mark of a cut.
	text := frame(s.board.lines(width-1, height-1))
	if !s.opened {
		s.opened = true
		text = strings.Repeat("\n", height) + text // what was there scrolls away, and is not lost
	}
	if _, err := io.WriteString(s.out, text); err != nil {
		s.failed = fmt.Errorf("write to the terminal: %w", err)
	}
}

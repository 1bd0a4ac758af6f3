package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// disk is a folder that can be full: a small file system of its own where that can
// be mounted.
type disk struct {
	path    string
	mounted bool
	why     string // not

	mu   sync.Mutex
	full time.Time // when it last was
	is   bool
}

// wasFull tells whether the disk is full, or was so less than a while ago.
func (d *disk) wasFull(within time.Duration) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.is || !d.full.IsZero() && time.Since(d.full) < within
}

func (d *disk) note(full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.is, d.full = full, time.Now()
}

func newDisk(ctx context.Context, path string, megabytes int) (*disk, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	d := &disk{path: path}
	if os.Geteuid() != 0 {
		d.why = "only root may mount a small file system"
		return d, nil
	}
	cmd := exec.CommandContext(ctx, "mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm,mode=700", megabytes), "millrace-faults", path)
	if text, err := cmd.CombinedOutput(); err != nil {
		d.why = fmt.Sprintf("mount: %v: %s", err, text)
		return d, nil
	}
	d.mounted = true
	return d, nil
}

func (d *disk) ballast() string { return filepath.Join(d.path, "ballast") }

// fill takes all the room that is left.
func (d *disk) fill() error {
	d.note(true)
	f, err := os.Create(d.ballast())
	if err != nil {
		return err
	}
	defer f.Close()
	for chunk := make([]byte, 1<<20); len(chunk) >= 1<<12; {
		if _, err := f.Write(chunk); errors.Is(err, syscall.ENOSPC) {
			chunk = chunk[:len(chunk)/2]
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (d *disk) free() error {
	defer d.note(false)
	return os.Remove(d.ballast())
}

// close unmounts the file system.
func (d *disk) close() error {
	if !d.mounted {
		return nil
	}
	if text, err := exec.Command("umount", d.path).CombinedOutput(); err != nil {
		return fmt.Errorf("umount %s: %w: %s", d.path, err, text)
	}
	return nil
}

func (h *harness) needsMounts() string {
	if !h.folderDisk.mounted {
		return h.folderDisk.why
	}
	return h.kafkaDisk.why
}

// fill has a disk full for a while.
func (h *harness) fill(d *disk, hold time.Duration, then func(context.Context) error) blow {
	whose := ""
	if d == h.folderDisk {
		whose = h.fleet.monitor.name
		h.roomy.Lock()
	}
	return blow{to: filepath.Base(d.path), whose: whose, at: time.Now(), hold: hold, err: d.fill(), lift: func(ctx context.Context) error {
		err := d.free()
		if d == h.folderDisk {
			h.roomy.Unlock()
		}
		if err != nil || then == nil {
			return err
		}
		return then(ctx)
	}}
}

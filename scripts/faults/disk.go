package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// diskSize is that of an image file, which is sparse; xfs takes no less than 300 MB.
const diskSize = 400 << 20

// disk is a file system in an image file whose power can be cut.
type disk struct {
	kind  string // as mkfs names it
	image string
	mount string
	up    bool // it is mounted
}

// newDisk makes a file system of a kind and mounts it.
func newDisk(kind, dir string) (*disk, error) {
	d := &disk{kind: kind, image: filepath.Join(dir, kind+".img"), mount: filepath.Join(dir, kind)}
	if err := errors.Join(os.MkdirAll(d.mount, 0o700), os.WriteFile(d.image, nil, 0o600), os.Truncate(d.image, diskSize)); err != nil {
		return nil, err
	}
	mkfs := []string{"mkfs." + kind, "-q", d.image}
	if kind == "ext4" {
		mkfs = []string{"mkfs.ext4", "-q", "-F", d.image}
	}
	if err := command(mkfs...); err != nil {
		return nil, err
	}
	return d, d.on()
}

// on mounts it. The loop device goes when it is unmounted.
func (d *disk) on() error {
	err := command("mount", "-o", "loop", d.image, d.mount)
	d.up = err == nil
	return err
}

// off unmounts it.
func (d *disk) off() error {
	err := command("umount", d.mount)
	d.up = d.up && err != nil
	return err
}

// keep makes all that is on it now durable.
func (d *disk) keep() error { return command("sync", "-f", d.mount) }

// cut cuts the power: from now on nothing reaches the disk. With flush, what the
// file system's journal holds in memory gets there before.
func (d *disk) cut(flush bool) error {
	line := "shutdown"
	if flush {
		line = "shutdown -f"
	}
	return command("xfs_io", "-x", "-c", line, d.mount)
}

// close takes it down, in whatever state it is.
func (d *disk) close() error {
	var err error
	if d.up {
		err = d.off()
	}
	return errors.Join(err, os.Remove(d.image))
}

func command(words ...string) error {
	out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%q: %w: %s", words, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// cannotCut says why the power of no disk can be cut here, "" where it can.
func cannotCut() string {
	if os.Geteuid() != 0 {
		return "only root can mount a file system"
	}
	for _, tool := range []string{"mkfs.ext4", "mkfs.xfs", "xfs_io", "mount", "umount"} {
		if _, err := exec.LookPath(tool); err != nil {
			return tool + " is not installed (e2fsprogs, xfsprogs)"
		}
	}
	dir, err := os.MkdirTemp("", "dtlic-disk")
	if err != nil {
		return err.Error()
	}
	defer func() { _ = os.RemoveAll(dir) }() // nothing is mounted there by then
	d, err := newDisk("ext4", dir)
	if err == nil {
		err = errors.Join(d.cut(false), d.close())
	}
	if err != nil {
		return "no file system can be mounted and shut down here: " + err.Error()
	}
	return ""
}

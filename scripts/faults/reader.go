package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// recordsOf counts the licenses in a log's whole lines.
func recordsOf(text string) (map[string]int, error) {
	logged := make(map[string]int)
	for line := range strings.Lines(text) {
		var record struct{ Blob string }
		if err := json.Unmarshal([]byte(line), &record); err != nil || blobs.FindString(record.Blob) != record.Blob || record.Blob == "" {
			return nil, fmt.Errorf("a line of the log is no record: %s", line)
		}
		logged[record.Blob]++
	}
	return logged, nil
}

// reader reads a log all the time, itself and with `dtlic log list`, while
// others write it and are killed.
type reader struct {
	b     *bench
	dir   string
	stop  chan struct{}
	ended sync.WaitGroup
	looks int
	err   error
	// former is what the last look saw in whole lines.
	former string
}

func (b *bench) newReader(dir string) *reader {
	r := &reader{b: b, dir: dir, stop: make(chan struct{})}
	r.ended.Go(r.read)
	return r
}

func (r *reader) close() (looks int, err error) {
	close(r.stop)
	r.ended.Wait()
	if r.err != nil {
		return r.looks, fmt.Errorf("a reader meanwhile: %w", r.err)
	}
	return r.looks, nil
}

func (r *reader) read() {
	for {
		select {
		case <-r.stop:
			return
		default:
		}
		if r.err = r.look(); r.err != nil {
			return
		}
		r.looks++
	}
}

// look reads the log as anybody would: what was there is there, and every whole
// line is a record; and then with the program, which shows no less.
func (r *reader) look() error {
	data, err := os.ReadFile(filepath.Join(r.dir, filepath.FromSlash(logFile)))
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	text := string(data[:strings.LastIndexByte(string(data), '\n')+1])
	if !strings.HasPrefix(text, r.former) {
		return fmt.Errorf("the log's earlier lines changed")
	}
	records, err := recordsOf(text)
	if err != nil {
		return err
	}
	r.former = text
	o, err := r.b.mustRun(r.dir, "dtlic", "log", "list", "--json")
	if err != nil {
		return err
	}
	var listed []struct {
		LicenseKey string `json:"license_key"`
	}
	if err := json.Unmarshal([]byte(o.stdout), &listed); err != nil {
		return fmt.Errorf("what log list shows is no JSON: %w", err)
	}
	if len(listed) < len(records) {
		return fmt.Errorf("log list shows %d licenses of %d", len(listed), len(records))
	}
	return nil
}

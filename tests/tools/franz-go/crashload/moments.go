package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"time"
)

// moments kills the server when the load comes to a chosen moment: told "kill PID KIND SKIP MICROS",
// it passes SKIP moments of that kind by, and kills MICROS microseconds after the next one.
type moments struct {
	mutex sync.Mutex
	armed bool
	pid   int
	kind  string
	skip  int
	after time.Duration
}

func (m *moments) come(kind string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if !m.armed || m.kind != kind {
		return
	}
	if m.skip > 0 {
		m.skip--
		return
	}
	m.armed = false
	pid := m.pid
	time.AfterFunc(m.after, func() {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			fmt.Printf("cannot kill: %v\n", err)
			return
		}
		fmt.Printf("killed %d at %s\n", pid, kind)
	})
}

func (m *moments) arm(pid int, kind string, skip int, after time.Duration) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.armed, m.pid, m.kind, m.skip, m.after = true, pid, kind, skip, after
}

// obey carries out the commands that come in until "stop", or the end of the input.
func (m *moments) obey(commands io.Reader) error {
	for lines := bufio.NewScanner(commands); lines.Scan(); {
		line := lines.Text()
		if strings.TrimSpace(line) == "stop" {
			return nil
		}
		var pid, skip, micros int
		var kind string
		if _, err := fmt.Sscanf(line, "kill %d %s %d %d", &pid, &kind, &skip, &micros); err != nil {
			return fmt.Errorf("cannot understand %q: %w", line, err)
		}
		m.arm(pid, kind, skip, time.Duration(micros)*time.Microsecond)
	}
	return nil
}

package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"sync"
)

// history is the file of what was attempted, answered and seen, one line each, fields separated by
// tabs. The order of its lines is the order of time: an attempt is written down before it is made,
// an answer after it came. The kinds of lines are explained in tests/crash/history.py.
type history struct {
	mutex sync.Mutex
	out   *bufio.Writer
	file  *os.File
}

func openHistory(path string) (*history, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	return &history{out: bufio.NewWriterSize(file, 1<<16), file: file}, nil
}

func (h *history) line(fields ...any) {
	text := make([]string, len(fields))
	for i, field := range fields {
		text[i] = strings.NewReplacer("\t", " ", "\n", " ").Replace(fmt.Sprint(field))
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.out.WriteString(strings.Join(text, "\t") + "\n")
}

// fault writes down what must never happen; the checker refuses every history that has one.
func (h *history) fault(format string, values ...any) {
	h.line("fault", fmt.Sprintf(format, values...))
}

func (h *history) close() error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if err := h.out.Flush(); err != nil {
		return err
	}
	return h.file.Close()
}

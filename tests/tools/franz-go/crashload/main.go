// Command crashload puts a log under the load of clients that never give up, writes down what
// they attempted, were promised and saw, and kills the server at moments that it is told.
//
//	crashload run   ...    works until "stop" comes in on its standard input
//	crashload final ...    reads everything that is there in the end
//
// tests/crash/test_kill_log.py starts it; tests/crash/history.py judges what it wrote.
package main

import (
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	patience     = 180 * time.Second // with a server that is killed and started again and again
	stopPatience = 120 * time.Second
)

// load is what all workers share.
type load struct {
	bootstrap    string
	seed         int64
	segmentBytes int
	history      *history
	moments      *moments
	stopping     context.Context
	made         []topic // by this run
}

func (l *load) dice(worker string) *rand.Rand {
	sum := fnv.New64a()
	sum.Write([]byte(worker))
	return rand.New(rand.NewSource(l.seed ^ int64(sum.Sum64())))
}

func (l *load) stopped() bool { return l.stopping.Err() != nil }

// pause lets `d` pass, or less when everything stops.
func (l *load) pause(d time.Duration) {
	select {
	case <-l.stopping.Done():
	case <-time.After(d):
	}
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "crashload:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return fmt.Errorf("say run or final")
	}
	flags := flag.NewFlagSet(arguments[0], flag.ExitOnError)
	l := &load{moments: &moments{}}
	flags.StringVar(&l.bootstrap, "bootstrap", "", "address of the log")
	flags.Int64Var(&l.seed, "seed", 1, "of everything that is chosen at random")
	flags.IntVar(&l.segmentBytes, "segment-bytes", 1<<20, "of the topics")
	path := flags.String("history", "", "the file to append to")
	chosen := flags.String("workers", "", "kinds of workers, with commas")
	flags.Parse(arguments[1:])
	var err error
	if l.history, err = openHistory(*path); err != nil {
		return err
	}
	kinds := strings.Split(*chosen, ",")
	if arguments[0] == "final" {
		l.stopping = context.Background()
		err = l.readEverything(kinds)
	} else {
		err = l.work(kinds)
	}
	if closeErr := l.history.close(); err == nil {
		err = closeErr
	}
	return err
}

func (l *load) work(kinds []string) error {
	stopping, stop := context.WithCancel(context.Background())
	defer stop()
	l.stopping = stopping
	workers, err := l.workers(kinds)
	if err != nil {
		return err
	}
	if err := l.createTopics(kinds); err != nil {
		return err
	}
	var mutex sync.Mutex
	var working []string
	var all sync.WaitGroup
	for name, work := range workers {
		working = append(working, name)
		all.Add(1)
		go func() {
			defer all.Done()
			work(name)
			mutex.Lock()
			defer mutex.Unlock()
			working = slices.DeleteFunc(working, func(w string) bool { return w == name })
		}()
	}
	fmt.Println("working")
	err = l.moments.obey(os.Stdin)
	stop()
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(stopPatience):
		mutex.Lock()
		defer mutex.Unlock()
		return fmt.Errorf("after %v without a crash these have not come to an end: %v", stopPatience,
			working)
	}
	return err
}

// workers are by name; the part of a name before the hyphen is its kind.
func (l *load) workers(kinds []string) (map[string]func(string), error) {
	found := map[string]func(string){}
	for _, kind := range kinds {
		switch kind {
		case "plain":
			found["plain-0"] = l.producePlain
		case "once":
			found["once-0"], found["once-1"] = l.produceOnce, l.produceOnce
		case "keyed":
			found["keyed-0"] = l.produceKeyed
		case "txn":
			found["txn-0"], found["txn-1"] = l.transact, l.transact
		case "copy":
			found["copy-0"], found["copy-1"] = l.copy, l.copy
		case "group":
			found["group-0"], found["group-1"] = l.readAsMember, l.readAsMember
		case "commit":
			found["commit-0"] = l.commitAlone
		case "read":
			found["read-committed"], found["read-uncommitted"] = l.readCommitted, l.readUncommitted
		case "churn":
			found["churn-0"] = l.churn
		case "trim":
			found["trim-0"] = l.trim
		case "retain":
			found["retain-0"] = l.retain
		default:
			return nil, fmt.Errorf("there is no kind of worker called %q", kind)
		}
	}
	return found, nil
}

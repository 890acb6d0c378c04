// Produces records to the first partitions of some topics, each in turn, and says how fast it was.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	bootstrap := flag.String("bootstrap", "", "HOST:PORT")
	topics := flag.String("topics", "", "names, with commas between")
	partitions := flag.Int("partitions", 1, "of each topic")
	size := flag.Int("bytes", 1000, "of a record")
	records := flag.Int("records", 0, "how many; 0: as many as -seconds allow")
	seconds := flag.Float64("seconds", 0, "for how long")
	buffered := flag.Int("buffered", 10_000, "records that wait for their answer")
	flag.Parse()

	client, err := kgo.NewClient(
		kgo.SeedBrokers(*bootstrap), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.MaxBufferedRecords(*buffered))
	if err != nil {
		panic(err)
	}
	value := make([]byte, *size)
	rand.New(rand.NewSource(1)).Read(value)
	names := strings.Split(*topics, ",")
	var failed atomic.Pointer[error]
	done := func(_ *kgo.Record, err error) {
		if err != nil {
			failed.CompareAndSwap(nil, &err)
		}
	}
	context := context.Background()
	sent := 0
	produce := func() {
		partition := sent / len(names) % *partitions
		client.Produce(context, &kgo.Record{Topic: names[sent%len(names)],
			Partition: int32(partition), Value: value}, done)
		sent++
	}
	// What a client asks once about each partition is no part of the rate.
	for sent < len(names)**partitions {
		produce()
	}
	if err := client.Flush(context); err != nil {
		panic(err)
	}
	first := sent
	started := time.Now()
	end := started.Add(time.Duration(*seconds * float64(time.Second)))
	for failed.Load() == nil && (sent < *records || *records == 0 && time.Now().Before(end)) {
		produce()
	}
	if err := client.Flush(context); err != nil {
		panic(err)
	}
	if err := failed.Load(); err != nil {
		fmt.Fprintln(os.Stderr, *err)
		os.Exit(1)
	}
	took := time.Since(started).Seconds()
	fmt.Printf("%d records in %.2f s: %.0f records/s\n", sent-first, took, float64(sent-first)/took)
}

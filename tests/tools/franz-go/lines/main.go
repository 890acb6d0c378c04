// Lines to records and back, for tests that compare languages: a line is "header:value\tkey\tvalue".
//
//	lines BOOTSTRAP write TOPIC CODEC    (lines on the standard input)
//	lines BOOTSTRAP read TOPIC COUNT     (lines on the standard output)
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(bootstrap, what, topic, how string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if what == "write" {
		return write(ctx, bootstrap, topic, how)
	}
	count, err := strconv.Atoi(how)
	if err != nil {
		return err
	}
	return read(ctx, bootstrap, topic, count)
}

func write(ctx context.Context, bootstrap, topic, codec string) error {
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.DefaultProduceTopic(topic),
		kgo.ProducerBatchCompression(codecs[codec]))
	if err != nil {
		return err
	}
	defer client.Close()
	var records []*kgo.Record
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		parts := strings.SplitN(lines.Text(), "\t", 3)
		name, value, _ := strings.Cut(parts[0], ":")
		records = append(records, &kgo.Record{Key: []byte(parts[1]), Value: []byte(parts[2]),
			Headers: []kgo.RecordHeader{{Key: name, Value: []byte(value)}}})
	}
	return client.ProduceSync(ctx, records...).FirstErr()
}

func read(ctx context.Context, bootstrap, topic string, count int) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer client.Close()
	for count > 0 {
		fetches := client.PollRecords(ctx, count)
		if err := fetches.Err0(); err != nil {
			return err
		}
		fetches.EachRecord(func(r *kgo.Record) {
			fmt.Printf("%s:%s\t%s\t%s\n", r.Headers[0].Key, r.Headers[0].Value, r.Key, r.Value)
			count--
		})
	}
	return nil
}

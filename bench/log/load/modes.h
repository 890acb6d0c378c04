// What the load generator can do. Each prints one line of JSON.

#pragma once

#include "settings.h"

namespace daybook::bench {

// Makes the topic, and returns when it can be written to.
void create_topic(const Settings& settings);
void delete_topic(const Settings& settings);
// As fast as the broker takes it: prebuilt requests with one batch for every partition, several on
// their way on each connection. Ends after the time or the bytes that were given.
void produce(const Settings& settings);
// Each connection is a consumer of its own that reads the whole topic, again and again.
void consume(const Settings& settings);
// Records at a fixed rate, each sent when it is due or as soon after as requests in flight allow,
// and read by a consumer that waits: from when a record was due to when it was there.
void latency(const Settings& settings);
// One record at a time, each sent when the one before was acknowledged.
void synced_appends(const Settings& settings);
// The same bytes appended to a file in `folder`, with fdatasync after each: what the disk can do.
void bare_syncs(const Settings& settings);
// A file's pages sent over a loopback connection with sendfile, as consume has a broker do, by a
// process on the server's core that does nothing else; read here.
void bare_send(const Settings& settings);
// The batches of produce requests, sent from here: such a process receives them, takes the CRC of
// each and writes each to a file. With the server's CPU seconds, like the one above.
void bare_receive(const Settings& settings);

}  // namespace daybook::bench

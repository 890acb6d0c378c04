// Record batches between Apache Kafka's implementation and ours, through a file of this form:
//
//   batch BASE_OFFSET LAST_OFFSET LEADER_EPOCH CODEC TIMESTAMP_TYPE PRODUCER_ID PRODUCER_EPOCH
//         BASE_SEQUENCE TRANSACTIONAL CONTROL COUNT MAX_TIMESTAMP BYTES         (on one line)
//   record OFFSET TIMESTAMP KEY VALUE [NAME=VALUE]...                           (COUNT of these)
//
// Bytes are hexadecimal behind "0x", or "null".
//
//   java RecordBatches.java write FILE   batches that Kafka made
//   java RecordBatches.java check FILE   reads batches that somebody else made; a difference between
//                                        the bytes and the lines around them ends it with status 1

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.ControlRecordType;
import org.apache.kafka.common.record.EndTransactionMarker;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.record.TimestampType;

public class RecordBatches {
    static final int BATCHES_PER_CODEC = 40;
    static final int MAX_BATCH_BYTES = 4 << 20;

    public static void main(String[] arguments) throws IOException {
        if (arguments[0].equals("write")) {
            write(Path.of(arguments[1]));
        } else {
            check(Path.of(arguments[1]));
        }
    }

    static void write(Path file) throws IOException {
        Random random = new Random(20);
        try (PrintWriter out = new PrintWriter(file.toFile(), StandardCharsets.UTF_8)) {
            for (CompressionType codec : CompressionType.values()) {
                for (int i = 0; i < BATCHES_PER_CODEC; i++) {
                    for (String line : describe(make(random, codec))) out.println(line);
                }
            }
            long time = 1_700_000_000_000L;
            for (ControlRecordType type : List.of(ControlRecordType.COMMIT, ControlRecordType.ABORT)) {
                MemoryRecords marker = MemoryRecords.withEndTransactionMarker(7, time, 3, 99, (short) 2,
                    new EndTransactionMarker(type, 5));
                for (String line : describe(marker)) out.println(line);
            }
        }
    }

    static MemoryRecords make(Random random, CompressionType codec) {
        boolean idempotent = random.nextBoolean();
        boolean logAppendTime = random.nextInt(3) == 0;
        long time = 1_700_000_000_000L + random.nextInt(1_000_000_000);
        MemoryRecordsBuilder builder = MemoryRecords.builder(ByteBuffer.allocate(MAX_BATCH_BYTES),
            RecordBatch.MAGIC_VALUE_V2, Compression.of(codec).build(),
            logAppendTime ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME,
            random.nextInt(3) == 0 ? 0 : Math.abs(random.nextLong() >> 8),
            logAppendTime ? time : RecordBatch.NO_TIMESTAMP,
            idempotent ? random.nextInt(100_000) : RecordBatch.NO_PRODUCER_ID,
            idempotent ? (short) random.nextInt(100) : RecordBatch.NO_PRODUCER_EPOCH,
            idempotent ? random.nextInt(Integer.MAX_VALUE) : RecordBatch.NO_SEQUENCE,
            idempotent && random.nextBoolean(), random.nextInt(1000));
        int records = random.nextInt(4) == 0 ? 1 + random.nextInt(600) : 1 + random.nextInt(8);
        for (int i = 0; i < records; i++) {
            Header[] headers = new Header[random.nextInt(3) == 0 ? random.nextInt(5) : 0];
            for (int h = 0; h < headers.length; h++) {
                headers[h] = new RecordHeader("h" + h + "-ü".repeat(random.nextInt(3)), bytes(random));
            }
            builder.append(time + random.nextInt(5000) - 2500, bytes(random), bytes(random), headers);
        }
        return builder.build();
    }

    static byte[] bytes(Random random) {
        switch (random.nextInt(6)) {
            case 0: return null;
            case 1: return new byte[0];
            case 2: return ("{\"id\":" + random.nextInt() + ",\"name\":\"").repeat(random.nextInt(60))
                .getBytes(StandardCharsets.UTF_8);
            default:
                byte[] bytes = new byte[random.nextInt(90)];
                random.nextBytes(bytes);
                return bytes;
        }
    }

    static List<String> describe(MemoryRecords records) {
        List<String> lines = new ArrayList<>();
        for (RecordBatch batch : records.batches()) {
            batch.ensureValid();
            ByteBuffer all = records.buffer().duplicate();
            byte[] bytes = new byte[batch.sizeInBytes()];
            all.get(bytes);
            Integer count = batch.countOrNull();
            lines.add(String.join(" ", "batch", "" + batch.baseOffset(), "" + batch.lastOffset(),
                "" + batch.partitionLeaderEpoch(), "" + batch.compressionType().id,
                "" + batch.timestampType().id, "" + batch.producerId(), "" + batch.producerEpoch(),
                "" + batch.baseSequence(), "" + (batch.isTransactional() ? 1 : 0),
                "" + (batch.isControlBatch() ? 1 : 0), "" + count, "" + batch.maxTimestamp(),
                hex(bytes)));
            for (Record record : batch) {
                record.ensureValid();
                StringBuilder line = new StringBuilder("record " + record.offset() + " "
                    + record.timestamp() + " " + hex(record.key()) + " " + hex(record.value()));
                for (Header header : record.headers()) {
                    line.append(" ").append(hex(header.key().getBytes(StandardCharsets.UTF_8)))
                        .append("=").append(hex(header.value()));
                }
                lines.add(line.toString());
            }
        }
        return lines;
    }

    static void check(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        int batches = 0;
        for (int at = 0; at < lines.size(); batches++) {
            String[] words = lines.get(at).split(" ");
            byte[] bytes = HexFormat.of().parseHex(words[words.length - 1].substring(2));
            for (String read : describe(MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)))) {
                String written = at < lines.size() ? lines.get(at) : "(the file ends)";
                if (!read.equals(written)) {
                    System.err.println("line " + (at + 1) + "\n  written " + written + "\n  read    " + read);
                    System.exit(1);
                }
                at++;
            }
        }
        System.out.println(batches + " batches read back");
        System.exit(batches > 0 ? 0 : 1);
    }

    static String hex(ByteBuffer buffer) {
        if (buffer == null) return "null";
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return hex(bytes);
    }

    static String hex(byte[] bytes) {
        return bytes == null ? "null" : "0x" + HexFormat.of().formatHex(bytes);
    }
}

// Prints control records as Apache Kafka writes them, one a line:
//
//   marker TYPE COORDINATOR_EPOCH OFFSET TIMESTAMP LEADER_EPOCH PRODUCER_ID PRODUCER_EPOCH BATCH
//   key TYPE KEY
//
// Bytes are hexadecimal behind "0x".

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.record.ControlRecordType;
import org.apache.kafka.common.record.EndTransactionMarker;
import org.apache.kafka.common.record.MemoryRecords;

public class ControlRecords {
    public static void main(String[] arguments) {
        Random random = new Random(21);
        for (ControlRecordType type : ControlRecordType.values()) {
            if (type == ControlRecordType.UNKNOWN) continue;
            Struct key = type.recordKey();
            ByteBuffer buffer = ByteBuffer.allocate(key.sizeOf());
            key.writeTo(buffer);
            System.out.println("key " + type.type() + " " + hex(buffer.flip()));
        }
        for (int i = 0; i < 20; i++) {
            for (ControlRecordType type : List.of(ControlRecordType.COMMIT, ControlRecordType.ABORT)) {
                int coordinatorEpoch = random.nextInt(1 << (1 + i));
                long offset = random.nextLong() >>> (1 + random.nextInt(60));
                long time = 1_700_000_000_000L + random.nextInt();
                int leaderEpoch = random.nextInt(1000) - 1;
                long producerId = random.nextLong() >>> (1 + random.nextInt(60));
                short producerEpoch = (short) random.nextInt(Short.MAX_VALUE);
                MemoryRecords batch = MemoryRecords.withEndTransactionMarker(offset, time, leaderEpoch,
                    producerId, producerEpoch, new EndTransactionMarker(type, coordinatorEpoch));
                System.out.println(String.join(" ", "marker", "" + type.type(), "" + coordinatorEpoch,
                    "" + offset, "" + time, "" + leaderEpoch, "" + producerId, "" + producerEpoch,
                    hex(batch.buffer())));
            }
        }
    }

    static String hex(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return "0x" + HexFormat.of().formatHex(bytes);
    }
}

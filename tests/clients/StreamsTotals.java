import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The number and sum of the payments of each account, exactly once: "account,amount" comes in by
 * payment, is sent to the partition of its account (a repartition topic), folded into a RocksDB
 * store with a changelog, and every new total goes out as "number,sum".
 *
 * Arguments: BOOTSTRAP STATE_DIR PROTOCOL. test_kafka_streams.py (with the protocol "classic") and
 * test_streams_groups.py ("streams") kill and restart it.
 */
public final class StreamsTotals {
  public static void main(String[] arguments) {
    var settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "totals-app");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments[1]);
    settings.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, arguments[2]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
    // Without a cache, every payment makes a total: the test can account for each of them.
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
    settings.put(StreamsConfig.REPARTITION_PURGE_INTERVAL_MS_CONFIG, 1000);
    settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    // What a killed instance held is taken over, and its transactions are aborted, soon. In the
    // streams protocol the server says how soon.
    if (arguments[2].equals("classic")) {
      settings.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 6000);
      settings.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 500);
    }
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), 5000);

    var builder = new StreamsBuilder();
    builder.<String, String>stream("payments")
        .map((payment, text) -> {
          var parts = text.split(",");
          return KeyValue.pair(parts[0], parts[1]);
        })
        .groupByKey()
        .aggregate(() -> "0,0", (account, amount, total) -> added(total, Long.parseLong(amount)),
            Materialized.<String, String, KeyValueStore<Bytes, byte[]>>as("totals-store"))
        .toStream()
        .to("totals");

    var streams = new KafkaStreams(builder.build(), settings);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      return StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.setStateListener((now, before) -> {
      System.out.println("state " + now);
      if (now == KafkaStreams.State.ERROR) {
        Runtime.getRuntime().halt(1);
      }
    });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(20))));
    streams.start();
  }

  private static String added(String total, long amount) {
    var parts = total.split(",");
    return (Long.parseLong(parts[0]) + 1) + "," + (Long.parseLong(parts[1]) + amount);
  }
}

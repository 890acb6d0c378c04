import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * What bench/apps has Daybook do, in Kafka Streams: exactly once (v2), one thread, RocksDB, and the
 * defaults otherwise. Arguments: BOOTSTRAP STATE_DIR NAME TOPIC MODE WARM_UP_EVENTS.
 *
 * <p>MODE "map" decodes, filters and writes NAME.out; "fold" keeps number, sum and latest time of
 * each account in a store; "latency" does that without a cache, writes each new state to NAME.out,
 * and says how old the events are when a reader of committed events has them.
 *
 * <p>It prints "events N" ten times a second, and "latency P50 P99 N" in microseconds.
 */
public final class BenchStreams {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final BigDecimal LEAST = new BigDecimal("5000.00");
  private static final BigDecimal TWO = BigDecimal.valueOf(2);
  private static final AtomicLong events = new AtomicLong();

  public static void main(String[] arguments) throws InterruptedException {
    String name = arguments[2];
    String mode = arguments[4];
    var builder = new StreamsBuilder();
    KStream<byte[], byte[]> source = builder.stream(arguments[3]);
    var counted = source.peek((key, value) -> events.incrementAndGet());
    if (mode.equals("map")) {
      map(counted).to(name + ".out");
    } else {
      var totals = fold(counted);
      if (mode.equals("latency")) {
        totals.to(name + ".out");
      }
    }
    var streams = new KafkaStreams(builder.build(), settings(arguments, mode));
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
    if (mode.equals("latency")) {
      follow(arguments[0], name + ".out", Long.parseLong(arguments[5]));
    }
    while (true) {
      System.out.println("events " + events.get());
      Thread.sleep(100);
    }
  }

  private static Properties settings(String[] arguments, String mode) {
    var settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, arguments[2]);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments[1]);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
    settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    if (mode.equals("latency")) {
      settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
    }
    return settings;
  }

  private static KStream<byte[], byte[]> map(KStream<byte[], byte[]> source) {
    return source.mapValues(BenchStreams::decoded)
        .filter((key, event) -> amount(event).compareTo(LEAST) > 0)
        .mapValues(event -> {
          var made = JSON.createObjectNode();
          made.put("id", event.get("id").longValue());
          made.put("account", event.get("account").longValue());
          made.put("doubled", amount(event).multiply(TWO).toPlainString());
          made.put("kind", event.get("kind").textValue());
          return encoded(made);
        });
  }

  /** The state of an account: number, sum in cents, latest time. */
  private static KStream<byte[], byte[]> fold(KStream<byte[], byte[]> source) {
    return source.groupByKey()
        .aggregate(() -> ByteBuffer.allocate(24).array(), (key, value, state) -> {
          var event = decoded(value);
          var old = ByteBuffer.wrap(state);
          return ByteBuffer.allocate(24).putLong(old.getLong() + 1)
              .putLong(old.getLong() + amount(event).unscaledValue().longValueExact())
              .putLong(Math.max(old.getLong(), event.get("sent").longValue())).array();
        }, Materialized.<byte[], byte[], KeyValueStore<Bytes, byte[]>>as("totals"))
        .toStream();
  }

  private static JsonNode decoded(byte[] value) {
    try {
      return JSON.readTree(value);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static byte[] encoded(JsonNode value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static BigDecimal amount(JsonNode event) {
    return new BigDecimal(event.get("amount").textValue());
  }

  /** A reader of committed events, in a thread of its own. */
  private static void follow(String bootstrap, String topic, long warmUpEvents) {
    var settings = new Properties();
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, topic);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    var follower = new Thread(() -> {
      var latencies = new long[1 << 20];
      int count = 0;
      long seen = 0;
      long nextReport = 0;
      try (var consumer = new KafkaConsumer<byte[], byte[]>(settings)) {
        consumer.subscribe(List.of(topic));
        while (true) {
          var records = consumer.poll(Duration.ofMillis(200));
          long now = System.currentTimeMillis() * 1000;
          for (var record : records) {
            if (++seen > warmUpEvents && count < latencies.length) {
              latencies[count++] = now - ByteBuffer.wrap(record.value()).getLong(16);
            }
          }
          if (now >= nextReport && count > 0) {
            nextReport = now + 1_000_000;
            var sorted = Arrays.copyOf(latencies, count);
            Arrays.sort(sorted);
            System.out.println("latency " + sorted[count / 2] + " "
                + sorted[(int) (count * 0.99)] + " " + count);
          }
        }
      }
    });
    follower.setDaemon(true);
    follower.start();
  }
}

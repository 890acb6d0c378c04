import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Spark on a log: one stream copies the events with their headers, another counts them by key.
 *
 * Arguments: BOOTSTRAP FOLDER, and then one of
 *   run             until it is killed
 *   finish MILLIS   until everything is read; then says how many events a batch query finds from
 *                   that time on, and writes that number to the topic "found" as a batch
 *
 * test_spark.py kills it in the middle and has it finish.
 */
public final class SparkCounts {
  public static void main(String[] arguments) throws Exception {
    var bootstrap = arguments[0];
    var folder = arguments[1];
    var spark = SparkSession.builder()
        .master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.local.dir", folder + "/local")
        .config("spark.sql.warehouse.dir", folder + "/warehouse")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .getOrCreate();

    var events = spark.readStream()
        .format("kafka")
        .option("kafka.bootstrap.servers", bootstrap)
        .option("kafka.isolation.level", "read_committed")
        .option("subscribe", "events")
        .option("startingOffsets", "earliest")
        .option("includeHeaders", "true")
        .option("maxOffsetsPerTrigger", "1000")
        .load();
    var copied = events.select("key", "value", "headers");
    var counts = events.groupBy("key").count()
        .selectExpr("key", "CAST(count AS STRING) AS value");
    var finish = arguments[2].equals("finish");
    for (var query : List.of(start(copied, "append", "copied", bootstrap, folder, finish),
                             start(counts, "update", "counts", bootstrap, folder, finish))) {
      query.awaitTermination();
    }
    if (finish) {
      batch(spark, bootstrap, arguments[3]);
    }
    spark.stop();
  }

  private static StreamingQuery start(Dataset<Row> rows, String mode, String topic,
      String bootstrap, String folder, boolean finish) throws Exception {
    return rows.writeStream()
        .format("kafka")
        .outputMode(mode)
        .option("kafka.bootstrap.servers", bootstrap)
        .option("topic", topic)
        .option("checkpointLocation", folder + "/checkpoint-" + topic)
        .trigger(finish ? Trigger.AvailableNow() : Trigger.ProcessingTime(0))
        .start();
  }

  private static void batch(SparkSession spark, String bootstrap, String startMillis) {
    var found = spark.read()
        .format("kafka")
        .option("kafka.bootstrap.servers", bootstrap)
        .option("subscribe", "events")
        .option("startingTimestamp", startMillis)
        .load()
        .count();
    spark.sql("SELECT '" + found + "' AS value").write()
        .format("kafka")
        .option("kafka.bootstrap.servers", bootstrap)
        .option("topic", "found")
        .save();
    System.out.println("found " + found);
  }
}

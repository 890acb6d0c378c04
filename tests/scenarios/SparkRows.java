import org.apache.spark.sql.SparkSession;

/**
 * Reads a folder of Parquet files with Spark and says of each day how many rows it has and what the
 * amounts come to: a line "rows DAY COUNT SUM" for each.
 *
 * Arguments: FOLDER SCRATCH. test_columnar_view.py compares the lines with what it sent.
 */
public final class SparkRows {
  public static void main(String[] arguments) {
    var spark = SparkSession.builder()
        .master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.local.dir", arguments[1] + "/local")
        .config("spark.sql.warehouse.dir", arguments[1] + "/warehouse")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .getOrCreate();
    var days = spark.read().parquet(arguments[0])
        .groupBy("day")
        .agg(java.util.Map.of("id", "count", "amount", "sum"))
        .selectExpr("CAST(day AS STRING)", "`count(id)`", "CAST(`sum(amount)` AS STRING)");
    for (var row : days.collectAsList()) {
      System.out.println("rows " + row.get(0) + " " + row.get(1) + " " + row.get(2));
    }
    spark.stop();
  }
}

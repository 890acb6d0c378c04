// Prints Apache Kafka's error codes and their names, one pair a line.

import org.apache.kafka.common.protocol.Errors;

public class ErrorCodes {
    public static void main(String[] arguments) {
        for (Errors error : Errors.values()) System.out.println(error.code() + " " + error.name());
    }
}

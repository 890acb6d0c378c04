// Writes the bytes of every request and response that an Apache Kafka broker knows, in every
// version, filled with content that is random but the same each time: what our own decoding is held
// against.
//
//   java -cp 'kafka jars/*' MessageVectors.java FILE
//
// A Struct is filled by Kafka's schema of the version, and then read and written by Kafka's message
// class, so that the bytes are those which a Kafka client or broker sends. A line is one vector:
//
//   request|response API_KEY VERSION BODY BODY_WITH_UNKNOWN_TAGS
//   request-frame|response-frame API_KEY VERSION CORRELATION_ID CLIENT_ID FRAME
//
// Bytes are hexadecimal behind "0x"; "-" stands for what the version or the message does not have.

import java.io.PrintWriter;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.MemoryRecords;

public class MessageVectors {
    static final int VECTORS_PER_VERSION = 12;
    static final int MAX_ATTEMPTS = 400;
    static final int UNKNOWN_TAG = 300;
    static final long[] EDGES = {0, 1, -1, 127, -128, 255, 32767, -32768, Integer.MAX_VALUE,
        Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE};
    static final String[] TEXTS = {"", "a", "payments", "Grüße, 世界 🏦", "x".repeat(126),
        "y".repeat(127), "z".repeat(300)};

    final PrintWriter out;
    Random random;

    MessageVectors(PrintWriter out) {
        this.out = out;
    }

    public static void main(String[] arguments) throws Exception {
        try (PrintWriter out = new PrintWriter(arguments[0], StandardCharsets.UTF_8)) {
            MessageVectors vectors = new MessageVectors(out);
            for (ApiMessageType api : ApiMessageType.values()) {
                if (!api.listeners().contains(ListenerType.BROKER)) continue;
                for (short v = api.lowestSupportedVersion(); v <= api.highestSupportedVersion(true); v++) {
                    vectors.write(api, v, true);
                    vectors.write(api, v, false);
                }
            }
        }
    }

    void write(ApiMessageType api, short version, boolean isRequest)
        throws ReflectiveOperationException {
        random = new Random((api.apiKey() * 100L + version) * 2 + (isRequest ? 0 : 1));
        Schema schema = (isRequest ? api.requestSchemas() : api.responseSchemas())[version];
        String kind = isRequest ? "request" : "response";
        int written = 0;
        for (int i = 0; i < MAX_ATTEMPTS && written < VECTORS_PER_VERSION; i++) {
            Message message = isRequest ? api.newRequest() : api.newResponse();
            try {
                ByteBufferAccessor filled = new ByteBufferAccessor(
                    ByteBuffer.wrap(fill(NullableStruct.in(schema, message.getClass()))));
                message.read(filled, version);
                if (filled.remaining() > 0 || !message.unknownTaggedFields().isEmpty()) continue;
            } catch (RuntimeException e) {
                // NullableStruct does not look into tagged fields; most fillings have none.
                continue;
            }
            byte[] body = encode(message, version);
            writeFrame(api, version, isRequest, body);
            String tagged = "-";
            if (api.requestHeaderVersion(version) >= 2) {
                addUnknownTags(message);
                tagged = hex(encode(message, version));
            }
            out.println(String.join(" ", kind, "" + api.apiKey(), "" + version, hex(body), tagged));
            written++;
        }
    }

    void writeFrame(ApiMessageType api, short version, boolean isRequest, byte[] body) {
        int correlationId = random.nextInt();
        String clientId = random.nextInt(4) == 0 ? null : TEXTS[random.nextInt(TEXTS.length)];
        byte[] header = isRequest
            ? encode(new RequestHeaderData().setRequestApiKey(api.apiKey())
                .setRequestApiVersion(version).setCorrelationId(correlationId).setClientId(clientId),
                api.requestHeaderVersion(version))
            : encode(new ResponseHeaderData().setCorrelationId(correlationId),
                api.responseHeaderVersion(version));
        byte[] frame = ByteBuffer.allocate(4 + header.length + body.length)
            .putInt(header.length + body.length).put(header).put(body).array();
        out.println(String.join(" ", isRequest ? "request-frame" : "response-frame",
            "" + api.apiKey(), "" + version, "" + correlationId,
            isRequest && clientId != null ? hex(clientId.getBytes(StandardCharsets.UTF_8)) : "-",
            hex(frame)));
    }

    /** In the message and in every struct in it. */
    void addUnknownTags(Message message) throws ReflectiveOperationException {
        byte[] content = new byte[random.nextInt(200)];
        random.nextBytes(content);
        message.unknownTaggedFields().add(new RawTaggedField(UNKNOWN_TAG, content));
        for (var field : message.getClass().getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers())) continue;
            field.setAccessible(true);
            Object value = field.get(message);
            // A version that does not have the struct refuses one that is not as it was made.
            if (value instanceof Message inner
                && !inner.equals(inner.getClass().getConstructor().newInstance())) {
                addUnknownTags(inner);
            }
            if (value instanceof Iterable<?> elements) {
                for (Object element : elements) {
                    if (element instanceof Message inner) addUnknownTags(inner);
                }
            }
        }
    }

    byte[] fill(Schema schema) {
        Struct struct = struct(schema, 0);
        ByteBuffer buffer = ByteBuffer.allocate(struct.sizeOf());
        struct.writeTo(buffer);
        return buffer.array();
    }

    Struct struct(Schema schema, int depth) {
        Struct struct = new Struct(schema);
        for (BoundField field : schema.fields()) {
            struct.set(field, field.def.type instanceof TaggedFields tagged
                ? tags(tagged, depth) : value(field.def.type, depth));
        }
        return struct;
    }

    TreeMap<Integer, Object> tags(TaggedFields tagged, int depth) {
        TreeMap<Integer, Object> values = new TreeMap<>();
        for (Map.Entry<Integer, Field> entry : tagged.fields().entrySet()) {
            if (random.nextInt(3) > 0) {
                values.put(entry.getKey(), value(entry.getValue().type, depth));
            }
        }
        return values;
    }

    Object value(Type type, int depth) {
        if (type.isNullable() && random.nextInt(4) == 0) return null;
        if (type.isArray()) {
            Object[] elements = new Object[depth > 3 ? 1 : random.nextInt(4)];
            for (int i = 0; i < elements.length; i++) {
                elements[i] = value(type.arrayElementType().get(), depth + 1);
            }
            return elements;
        }
        if (type instanceof Schema schema) return struct(schema, depth + 1);
        if (type instanceof NullableStruct nullable) return struct(nullable.schema, depth + 1);
        if (type == Type.STRING || type == Type.COMPACT_STRING || type == Type.NULLABLE_STRING
            || type == Type.COMPACT_NULLABLE_STRING) {
            return TEXTS[random.nextInt(TEXTS.length)];
        }
        long number = random.nextBoolean() ? EDGES[random.nextInt(EDGES.length)] : random.nextLong();
        if (type == Type.BOOLEAN) return random.nextBoolean();
        if (type == Type.INT8) return (byte) number;
        if (type == Type.INT16) return (short) number;
        if (type == Type.UINT16) return (int) (number & 0xffff);
        if (type == Type.INT32) return (int) number;
        if (type == Type.UNSIGNED_INT32) return number & 0xffffffffL;
        if (type == Type.INT64) return number;
        if (type == Type.FLOAT64) return random.nextGaussian();
        if (type == Type.UUID) return new Uuid(random.nextLong(), random.nextLong());
        byte[] bytes = new byte[random.nextInt(5) == 0 ? 0 : random.nextInt(200)];
        random.nextBytes(bytes);
        if (type == Type.RECORDS || type == Type.COMPACT_RECORDS) {
            return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes));
        }
        if (type == Type.BYTES || type == Type.COMPACT_BYTES || type == Type.NULLABLE_BYTES
            || type == Type.COMPACT_NULLABLE_BYTES) {
            return ByteBuffer.wrap(bytes);
        }
        throw new IllegalStateException("a type that this program cannot fill: " + type);
    }

    static byte[] encode(Message message, short version) {
        ByteBuffer buffer = MessageUtil.toByteBufferAccessor(message, version).buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    static String hex(byte[] bytes) {
        return "0x" + HexFormat.of().formatHex(bytes);
    }
}

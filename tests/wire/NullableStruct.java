// A struct that may be null: a byte in front says whether it is there. Kafka's schemas do not know
// which structs these are, but its message classes do: such a field is null in a new message.

import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.protocol.types.ArrayOf;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.CompactArrayOf;
import org.apache.kafka.common.protocol.types.Schema;

class NullableStruct extends org.apache.kafka.common.protocol.types.Type {
    final Schema schema;

    NullableStruct(Schema schema) {
        this.schema = schema;
    }

    /** The schema of a message or struct of the class, with those that may be null as such. */
    static Schema in(Schema schema, Class<?> type) {
        return new Schema(Arrays.stream(schema.fields()).map(field -> in(field, type))
            .toArray(org.apache.kafka.common.protocol.types.Field[]::new));
    }

    private static org.apache.kafka.common.protocol.types.Field in(BoundField bound, Class<?> owner) {
        org.apache.kafka.common.protocol.types.Field field = bound.def;
        org.apache.kafka.common.protocol.types.Type changed = field.type;
        try {
            if (field.type instanceof Schema schema) {
                Field member = member(owner, field.name);
                Schema inner = in(schema, member.getType());
                boolean mayBeNull = member.get(owner.getConstructor().newInstance()) == null;
                changed = mayBeNull ? new NullableStruct(inner) : inner;
            } else if (field.type.isArray()
                && field.type.arrayElementType().get() instanceof Schema schema) {
                Schema inner = in(schema, elementClass(member(owner, field.name)));
                boolean compact = field.type instanceof CompactArrayOf;
                changed = field.type.isNullable()
                    ? compact ? CompactArrayOf.nullable(inner) : ArrayOf.nullable(inner)
                    : compact ? new CompactArrayOf(inner) : new ArrayOf(inner);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(owner + " has no " + field.name, e);
        }
        return new org.apache.kafka.common.protocol.types.Field(field.name, changed);
    }

    /** group_id of the schema is groupId of the class. */
    private static Field member(Class<?> owner, String name) throws NoSuchFieldException {
        StringBuilder camel = new StringBuilder();
        for (String word : name.split("_")) {
            camel.append(camel.isEmpty() ? word : word.substring(0, 1).toUpperCase() + word.substring(1));
        }
        Field member = owner.getDeclaredField(camel.toString());
        member.setAccessible(true);
        return member;
    }

    private static Class<?> elementClass(Field member) {
        // A list, or a collection of its own that extends a generic one.
        Type type = member.getGenericType() instanceof ParameterizedType
            ? member.getGenericType() : member.getType().getGenericSuperclass();
        return (Class<?>) ((ParameterizedType) type).getActualTypeArguments()[0];
    }

    @Override
    public void write(ByteBuffer buffer, Object struct) {
        buffer.put((byte) (struct == null ? -1 : 1));
        if (struct != null) schema.write(buffer, struct);
    }

    @Override
    public int sizeOf(Object struct) {
        return struct == null ? 1 : 1 + schema.sizeOf(struct);
    }

    @Override
    public boolean isNullable() {
        return true;
    }

    @Override
    public Object read(ByteBuffer buffer) {
        throw new UnsupportedOperationException("only written");
    }

    @Override
    public Object validate(Object struct) {
        return struct == null ? null : schema.validate(struct);
    }
}

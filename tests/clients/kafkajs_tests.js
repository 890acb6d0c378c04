// kafkajs against a log: test_kafkajs.py starts the log, and passes its address in KAFKA_BOOTSTRAP.
// Prints `--- PASS: name` or `--- FAIL: name` for each test.
'use strict';
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const kafkajs = require('kafkajs');

const {CompressionTypes, CompressionCodecs, ConfigResourceTypes} = kafkajs;
CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy');

const DEADLINE_MS = 120_000;
const kafka = new kafkajs.Kafka({
  clientId: 'kafkajs',
  brokers: [process.env.KAFKA_BOOTSTRAP],
  logLevel: kafkajs.logLevel.NOTHING,
  connectionTimeout: 30_000,
});
const admin = kafka.admin();
const tests = {};

// Makes a topic, and waits until its partitions are served: Apache Kafka answers before.
const create = async (topic, numPartitions = 1, configs = {}) => {
  const configEntries = Object.entries(configs).map(([name, value]) => ({name, value}));
  assert.ok(await admin.createTopics({topics: [{topic, numPartitions, configEntries}]}));
  for (const deadline = Date.now() + DEADLINE_MS;;) {
    try {
      assert.equal((await admin.fetchTopicOffsets(topic)).length, numPartitions);
      return topic;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
};

const withProducer = async (options, use) => {
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner, ...options});
  await producer.connect();
  try {
    return await use(producer);
  } finally {
    await producer.disconnect();
  }
};

const produce = (topic, messages, options = {}) =>
  withProducer({}, producer => producer.send({topic, messages, ...options}));

const numbered = (first, last, partition = 0) =>
  Array.from({length: last - first}, (_, n) => ({value: String(first + n), partition}));

// Resolves when `condition` holds, which is looked at whenever `poke` is called.
class Condition {
  constructor(what, condition) {
    this.condition = condition;
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.timer = setTimeout(() => reject(new Error(`waited for ${what()}`)), DEADLINE_MS);
    });
  }
  poke() {
    if (this.condition()) {
      clearTimeout(this.timer);
      this.resolve();
    }
  }
}

// A member of a group: what it received and holds, and what waits for a change of that.
class Member {
  constructor(groupId, topic, options = {}) {
    this.received = [];
    this.held = [];
    this.topic = topic;
    this.waiting = [];
    this.consumer = kafka.consumer({
      groupId, sessionTimeout: 60_000, heartbeatInterval: 500, rebalanceTimeout: 60_000,
      maxWaitTimeInMs: 200, ...options});
    this.consumer.on(this.consumer.events.GROUP_JOIN, ({payload}) => {
      this.held = payload.memberAssignment[topic] || [];
      this.changed();
    });
  }
  changed() {
    this.waiting.forEach(condition => condition.poke());
  }
  async start() {
    await this.consumer.connect();
    await this.consumer.subscribe({topics: [this.topic], fromBeginning: true});
    await this.consumer.run({
      eachMessage: async ({partition, message}) => {
        this.received.push({partition, ...message});
        this.changed();
      },
    });
    return this;
  }
  stop() {
    return this.consumer.disconnect();
  }
}

const until = async (members, what, holds) => {
  const condition = new Condition(() =>
    `${what}: held ${JSON.stringify(members.map(m => m.held))}, ` +
    `received ${members.map(m => m.received.length)}`, holds);
  members.forEach(member => member.waiting.push(condition));
  condition.poke();
  await condition.promise;
};

// All messages of a topic, read by a group of its own.
const consume = async (topic, count, options) => {
  const member = await new Member(`reader of ${topic} ${crypto.randomUUID()}`, topic,
                                  options).start();
  try {
    await until([member], `${count} messages of ${topic}`, () => member.received.length >= count);
  } finally {
    await member.stop();
  }
  assert.equal(member.received.length, count);
  return member.received;
};

const values = messages => messages.map(message => Number(message.value));

tests.keysValuesHeadersAndTimesComeBackInEveryCodec = async () => {
  const start = 1_700_000_000_000;
  const sent = [
    {key: null, value: 'no key', headers: {}},
    {key: 'tombstone', value: null, headers: {trace: '42', twice: ['1', '2']}},
    {key: 'empty', value: '', headers: {empty: ''}},
    {key: 'schlüssel', value: 'wert €', headers: {größe: 'ß'}},
    ...Array.from({length: 300}, (_, n) => ({
      key: `account-${n % 50}`, headers: {n: String(n)},
      value: n % 3 ? `payment ${n};`.repeat(n) : crypto.randomBytes(n).toString('latin1')})),
  ].map((message, n) => ({...message, timestamp: String(start + n)}));
  const text = value => value === null ? null : value.toString();
  for (const codec of ['None', 'GZIP', 'Snappy']) {
    const topic = await create(`js-shapes-${codec}`);
    await produce(topic, sent, {compression: CompressionTypes[codec]});
    const received = await consume(topic, sent.length);
    received.forEach((message, n) => {
      assert.equal(message.offset, String(n));
      assert.equal(message.timestamp, sent[n].timestamp);
      assert.equal(text(message.key), sent[n].key);
      assert.equal(text(message.value), sent[n].value);
      assert.deepEqual(
        Object.fromEntries(Object.entries(message.headers).map(
          ([name, value]) => [name, Array.isArray(value) ? value.map(text) : text(value)])),
        sent[n].headers);
    });
  }
};

tests.anIdempotentProducerKeepsTheOrder = async () => {
  const topic = await create('js-idempotent');
  await withProducer({idempotent: true, maxInFlightRequests: 5}, async producer => {
    for (let n = 0; n < 50; ++n) {
      const [sent] = await producer.send({topic, messages: numbered(20 * n, 20 * n + 20)});
      assert.equal(sent.baseOffset, String(20 * n));
    }
  });
  assert.deepEqual(values(await consume(topic, 1000)), values(numbered(0, 1000)));
};

tests.twoMembersShareAndOneTakesOver = async () => {
  const topic = await create('js-shared', 4);
  const one = await new Member('js-g-shared', topic).start();
  await until([one], 'all partitions', () => one.held.length === 4);
  const two = await new Member('js-g-shared', topic).start();
  await until([one, two], 'an even share', () => one.held.length === 2 && two.held.length === 2);
  const messages = [0, 1, 2, 3].flatMap(p => numbered(50 * p, 50 * p + 50, p));
  await produce(topic, messages);
  await until([one, two], '200 messages', () => one.received.length + two.received.length === 200);
  assert.equal(one.received.length, 100);
  assert.deepEqual(values([...one.received, ...two.received]).sort((a, b) => a - b),
                   values(messages));
  await two.stop();
  await until([one], 'all partitions again', () => one.held.length === 4);
  await produce(topic, [0, 1, 2, 3].flatMap(p => numbered(1000 + p, 1001 + p, p)));
  await until([one], 'the last messages', () => one.received.length === 104);
  await one.stop();
  const offsets = await admin.fetchOffsets({groupId: 'js-g-shared', topics: [topic]});
  assert.deepEqual(offsets[0].partitions.map(p => p.offset), ['51', '51', '51', '51']);
};

tests.whatIsCommittedIsReadAndWhatIsAbortedIsNot = async () => {
  const topic = await create('js-transactions');
  await withProducer({transactionalId: 'js-t', maxInFlightRequests: 1, idempotent: true},
                     async producer => {
    for (const [n, commit] of [true, false, true, false].entries()) {
      const transaction = await producer.transaction();
      await transaction.send({topic, messages: numbered(10 * n, 10 * n + 10)});
      await (commit ? transaction.commit() : transaction.abort());
    }
  });
  assert.deepEqual(values(await consume(topic, 20)), [...values(numbered(0, 10)),
                                                      ...values(numbered(20, 30))]);
  assert.equal((await consume(topic, 40, {readUncommitted: true})).length, 40);
};

tests.offsetsAreCommittedWithTheTransaction = async () => {
  const topic = await create('js-etl');
  const source = await create('js-etl-in');
  await produce(source, numbered(0, 10));
  const position = offset => ({
    consumerGroupId: 'js-g-etl', topics: [{topic: source, partitions: [{partition: 0, offset}]}]});
  const committed = async () =>
    (await admin.fetchOffsets({groupId: 'js-g-etl', topics: [source]}))[0].partitions[0].offset;
  await withProducer({transactionalId: 'js-t-etl', maxInFlightRequests: 1, idempotent: true},
                     async producer => {
    const aborted = await producer.transaction();
    await aborted.send({topic, messages: numbered(0, 5)});
    await aborted.sendOffsets(position('5'));
    await aborted.abort();
    assert.equal(await committed(), '-1');
    const kept = await producer.transaction();
    await kept.send({topic, messages: numbered(0, 7)});
    await kept.sendOffsets(position('7'));
    await kept.commit();
    assert.equal(await committed(), '7');
  });
  assert.deepEqual(values(await consume(topic, 7)), values(numbered(0, 7)));
};

tests.topicsConfigsAndPartitionsAreAdministered = async () => {
  const topic = await create('js-admin', 1, {'retention.ms': '86400000'});
  await assert.rejects(create(topic));
  await admin.createPartitions({topicPartitions: [{topic, count: 3}]});
  const metadata = await admin.fetchTopicMetadata({topics: [topic]});
  assert.deepEqual(metadata.topics[0].partitions.map(p => p.leader), [1, 1, 1]);
  const resource = {type: ConfigResourceTypes.TOPIC, name: topic};
  const config = async name =>
    (await admin.describeConfigs({resources: [{...resource, configNames: [name]}]}))
      .resources[0].configEntries[0].configValue;
  assert.equal(await config('retention.ms'), '86400000');
  await admin.alterConfigs({resources: [
    {...resource, configEntries: [{name: 'max.message.bytes', value: '2000'}]}]});
  assert.equal(await config('max.message.bytes'), '2000');
  assert.notEqual(await config('retention.ms'), '86400000'); // what is not named is reset
  const cluster = await admin.describeCluster();
  assert.deepEqual(cluster.brokers.map(b => b.nodeId), [1]);
  await admin.deleteTopics({topics: [topic]});
  assert.ok(!(await admin.listTopics()).includes(topic));
};

tests.recordsAreDeletedAndOffsetsAreFoundByTime = async () => {
  const topic = await create('js-trimmed');
  const start = 1_700_000_000_000;
  await produce(topic, numbered(0, 10).map(
    (message, n) => ({...message, timestamp: String(start + 1000 * n)})));
  assert.equal((await admin.fetchTopicOffsetsByTimestamp(topic, start + 3500))[0].offset, '4');
  await admin.deleteTopicRecords({topic, partitions: [{partition: 0, offset: '6'}]});
  const [{low, high}] = await admin.fetchTopicOffsets(topic);
  assert.deepEqual([low, high], ['6', '10']);
};

tests.groupsAreListedDescribedMovedAndDeleted = async () => {
  const topic = await create('js-grouped');
  const groupId = 'js-g-admin';
  await produce(topic, numbered(0, 5));
  const member = await new Member(groupId, topic).start();
  await until([member], '5 messages', () => member.received.length === 5);
  const {groups} = await admin.describeGroups([groupId]);
  assert.deepEqual([groups[0].state, groups[0].members.length], ['Stable', 1]);
  await assert.rejects(admin.deleteGroups([groupId]));
  await member.stop();
  await admin.setOffsets({groupId, topic, partitions: [{partition: 0, offset: '2'}]});
  const offsets = await admin.fetchOffsets({groupId, topics: [topic]});
  assert.equal(offsets[0].partitions[0].offset, '2');
  await admin.deleteGroups([groupId]);
  const listed = await admin.listGroups();
  assert.ok(!listed.groups.some(group => group.groupId === groupId));
};

const main = async () => {
  const chosen = process.argv.slice(2);
  let failed = 0;
  await admin.connect();
  for (const [name, test] of Object.entries(tests)) {
    if (chosen.length && !chosen.some(part => name.includes(part))) continue;
    try {
      await test();
      console.log(`--- PASS: ${name}`);
    } catch (error) {
      ++failed;
      console.log(`--- FAIL: ${name}\n${error.stack}`);
    }
  }
  await admin.disconnect();
  process.exit(failed ? 1 : 0);
};

main();

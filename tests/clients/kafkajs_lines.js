// Lines to records and back, for tests that compare languages: a line is "header:value\tkey\tvalue".
//
//   node kafkajs_lines.js BOOTSTRAP write TOPIC CODEC    (lines on the standard input)
//   node kafkajs_lines.js BOOTSTRAP read TOPIC COUNT     (lines on the standard output)
'use strict';
const fs = require('node:fs');
const kafkajs = require('kafkajs');

const {CompressionTypes, CompressionCodecs} = kafkajs;
CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy');
const CODECS = {
  none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy};

const [bootstrap, what, topic, how] = process.argv.slice(2);
const kafka = new kafkajs.Kafka({
  brokers: [bootstrap], logLevel: kafkajs.logLevel.NOTHING, connectionTimeout: 30_000});

const write = async () => {
  const messages = fs.readFileSync(0, 'utf8').trimEnd().split('\n').map(line => {
    const [header, key, value] = line.split('\t');
    const [name, content] = header.split(':');
    return {key, value, headers: {[name]: content}};
  });
  const producer = kafka.producer({createPartitioner: kafkajs.Partitioners.DefaultPartitioner});
  await producer.connect();
  await producer.send({topic, messages, compression: CODECS[how]});
  await producer.disconnect();
};

const read = async () => {
  const consumer = kafka.consumer({groupId: `lines of ${topic}`, maxWaitTimeInMs: 200});
  let left = Number(how);
  await consumer.connect();
  await consumer.subscribe({topics: [topic], fromBeginning: true});
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({payload}) => reject(payload.error));
    consumer.run({eachMessage: async ({message}) => {
      const [[name, content]] = Object.entries(message.headers);
      console.log(`${name}:${content}\t${message.key}\t${message.value}`);
      if (--left === 0) resolve();
    }});
  });
  await consumer.disconnect();
};

(what === 'write' ? write() : read()).catch(error => {
  console.error(error);
  process.exit(1);
});
